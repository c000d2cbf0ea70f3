;; Tail calls: loops that are calls, by name, by table, by reference.
(module
  (type $f (func (param i32 i32) (result i32)))
  (table funcref (elem $by_table $by_name))
  (elem declare func $by_reference)
  (func $by_name (export "by_name") (param i32 i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0)) (then (local.get 1))
      (else (return_call $by_name (i32.sub (i32.and (local.get 0) (i32.const 0xfffff)) (i32.const 1)) (i32.add (local.get 1) (i32.const 2))))))
  (func $by_table (export "by_table") (param i32 i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0)) (then (local.get 1))
      (else (return_call_indirect (type $f) (i32.sub (i32.and (local.get 0) (i32.const 0xfff)) (i32.const 1)) (i32.add (local.get 1) (i32.const 3)) (i32.const 0)))))
  (func $by_reference (export "by_reference") (param i32 i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0)) (then (local.get 1))
      (else (return_call_ref $f (i32.sub (i32.and (local.get 0) (i32.const 0xfff)) (i32.const 1)) (i32.add (local.get 1) (i32.const 5)) (ref.func $by_reference)))))
  (func (export "null_reference") (result i32) (call_ref $f (i32.const 1) (i32.const 2) (ref.null $f)))
  (func (export "branch_on_null") (param i32) (result i32) (local (ref null $f)) (local i32)
    (if (local.get 0) (then (local.set 1 (ref.func $by_reference))))
    (block $none
      (loop $l
        (local.set 2 (i32.add (local.get 2) (call_ref $f (i32.const 3) (i32.const 4) (br_on_null $none (local.get 1)))))
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get 0) (i32.const 9))))
      (return (local.get 2)))
    (i32.const -7)))
