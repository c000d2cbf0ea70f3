;; try, catch, delegate, rethrow: the older form.
(module
  (tag $e (param i32))
  (tag $f)
  (func $throws (param i32)
    (if (i32.and (local.get 0) (i32.const 1)) (then (throw $e (local.get 0))))
    (if (i32.and (local.get 0) (i32.const 2)) (then (throw $f))))
  (func (export "catch_in_loop") (param i32) (result i32) (local i32 i32)
    (loop $l
      (try
        (do (call $throws (local.get 1)))
        (catch $e (local.set 2 (i32.add (local.get 2))))
        (catch_all (local.set 2 (i32.mul (local.get 2) (i32.const 3)))))
      (br_if $l (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 30))))
    (local.get 2))
  (func (export "loop_in_try") (param i32) (result i32) (local i32)
    (try $outer (result i32)
      (do
        (loop $l
          (try (do (call $throws (local.get 1))) (delegate $outer))
          (br_if $l (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 4))) (i32.and (local.get 0) (i32.const 63)))))
        (i32.const 100))
      (catch_all (i32.add (local.get 1) (i32.const 1000)))))
  (func (export "delegate_out") (param i32) (result i32) (local i32)
    (try $outer (result i32)
      (do
        (loop $l (result i32)
          (try $inner (result i32)
            (do
              (try (do (call $throws (i32.and (local.get 1) (i32.const 3)))) (delegate $outer))
              (local.set 1 (i32.add (local.get 1) (i32.const 4)))
              (br_if $l (i32.lt_u (local.get 1) (i32.const 40)))
              (local.set 1 (i32.const 1))
              (br $l))
            (catch_all (i32.const 1)))))
      (catch $e)
      (catch_all (i32.const 3))))
  (func (export "again") (param i32) (result i32) (local i32)
    (loop $l
      (try $t
        (do (call $throws (local.get 0)))
        (catch $e (drop)
          (block (loop $k (br_if $k (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 5))))
            (rethrow $t)))
        (catch_all (local.set 0 (i32.const 0)) (br $l))))
    (i32.const 9)))
