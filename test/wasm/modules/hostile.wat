;; What never ends by itself, one export each: for test/serve/wasm.test.mjs.
(module
  (type $f (func (param i32)))
  (import "env" "js" (func $js))
  (memory 2048)
  (table funcref (elem $by_table))
  (tag $e)
  (func $spin (loop $l (br $l)))
  (func $throws (throw $e))
  (func (export "loop") (call $spin))
  (func $recursion (export "recursion") (param i32)
    (if (local.get 0) (then
      (call $recursion (i32.sub (local.get 0) (i32.const 1)))
      (call $recursion (i32.sub (local.get 0) (i32.const 1))))))
  (func $by_table (export "table") (param i32)
    (if (local.get 0) (then
      (call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))
      (call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))
  (func $tail (export "tail") (param i32) (return_call $tail (local.get 0)))
  (func (export "swallow") (loop $l (try (do (call $spin)) (catch_all)) (br $l)))
  (func (export "exceptions") (loop $l (try (do (call $throws)) (catch_all)) (br $l)))
  (func (export "import") (loop $l (call $js) (br $l)))
  (func (export "fill") (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 134217728)) (br $l))))
