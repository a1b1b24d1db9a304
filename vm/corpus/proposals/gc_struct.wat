;; incident: A structure, which lives on a heap that nobody meters.
(module
    (type $s (struct (field i32)))
    (func (export "call") (drop (struct.new $s (i32.const 1)))))
