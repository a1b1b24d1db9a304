;; incident: A function that calls itself for ever: the native stack ends at another depth on every engine,
;;   build and processor.
(module
    (func $down (call $down))
    (func (export "call") (call $down)))
