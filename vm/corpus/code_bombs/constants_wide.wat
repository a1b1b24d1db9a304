;; incident: Constants of ten bytes each that fold into one: constant propagation over the longest of
;;   encodings.
(module
    (func (export "call") (i64.const 0) {{5400|i64.const -9223372036854775807 i64.add
    }}drop))
