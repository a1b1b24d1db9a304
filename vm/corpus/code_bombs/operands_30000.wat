;; incident: An operand stack of thirty thousand values, all alive: spill slots by the hundred kilobytes.
(module
    (func (export "call") {{15000|i64.const % }}{{15000|drop }}))
