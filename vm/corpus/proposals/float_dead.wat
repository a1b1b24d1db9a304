;; incident: Floats behind `unreachable`, where they cannot run.
(module
    (func (export "call") (unreachable) (drop (f32.add (f32.const 1) (f32.const 1)))))
