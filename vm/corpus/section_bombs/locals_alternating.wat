;; incident: Locals that change their type each time, so that each is a group of its own.
(module
    (func (export "call") (local {{256|i32 i64 }}) {{256|(local.set 1 (i64.extend_i32_u (local.get 0))) }}))
