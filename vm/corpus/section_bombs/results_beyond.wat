;; incident: Ten thousand functions would return a thousand values each: every caller needs a frame for them.
(module
    (type $many (func (result {{1000|i64 }})))
    {{2000|(func (type $many) unreachable)
    }}(func (export "call")))
