;; incident: Names that are nearly those of entries.
(module
    (func (export "Call"))
    (func (export "call "))
    (func (export "ca\6c\6c\00"))
    (func (export "")))
