;; incident: Tables over all of 200 nested blocks, one after the other: edges by the square of the size.
(module
    (func (export "call") (local i32)
        {{200|block }}
        {{39|block local.get 0 br_table {{200|% }}200 end
        }}{{200|end }}))
