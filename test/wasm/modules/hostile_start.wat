;; A start function that never ends.
(module (func $f (loop $l (br $l))) (start $f))
