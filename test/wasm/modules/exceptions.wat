;; try_table, throw_ref: the exceptions of WebAssembly 3.0.
(module
  (tag $e (export "e") (param i32))
  (tag $f)
  (func $throws (param i32)
    (if (i32.and (local.get 0) (i32.const 1)) (then (throw $e (local.get 0))))
    (if (i32.and (local.get 0) (i32.const 2)) (then (throw $f))))
  (func (export "catch_in_loop") (param i32) (result i32) (local i32 i32)
    (loop $again
      (block $all
        (block $caught (result i32)
          (try_table (catch $e $caught) (catch_all $all) (call $throws (local.get 1)))
          (br_if $again (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 20)))
          (return (local.get 2)))
        (local.set 2 (i32.add (local.get 2)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br $again))
      (local.set 2 (i32.mul (local.get 2) (i32.const 3)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get 1) (i32.const 20))))
    (local.get 2))
  (func (export "catch_to_loop") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (if (i32.lt_u (local.get 1) (i32.const 9)) (then
        (try_table (catch_all $l) (throw $f)))))
    (local.get 1))
  (func (export "again") (param i32) (result i32)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (call $throws (local.get 0)))
      (return (i32.const 5)))
    (throw_ref))
  (func (export "uncaught") (param i32) (call $throws (local.get 0))))
