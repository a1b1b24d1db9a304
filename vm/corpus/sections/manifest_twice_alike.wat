;; incident: The same manifest twice.
(module
    {{2|(@custom "argosy.manifest" "\01\02\00\00\00")
    }}(func (export "call")))
