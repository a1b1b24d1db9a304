;; incident: As many globals as allowed, all changed.
(module
    {{128|(global (mut i64) (i64.const %))
    }}(func (export "call") {{128|(global.set % (i64.const -1)) }}))
