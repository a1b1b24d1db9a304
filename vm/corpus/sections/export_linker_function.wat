;; incident: The linker's name, but for a function.
(module
    (func (export "__heap_base"))
    (func (export "call")))
