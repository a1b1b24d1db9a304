;; incident: The import that stands for `memory.grow` after instrumentation, asked for by the module itself.
(module
    (import "argosy" "__memory_grow" (func $grow (param i32) (result i32)))
    (func (export "call")))
