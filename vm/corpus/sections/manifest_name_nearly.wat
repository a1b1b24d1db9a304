;; incident: A section whose name is nearly that of the manifest: it asks for nothing.
(module
    (@custom "argosy.manifest " "\01\ff\ff\ff\ff")
    (@custom "Argosy.manifest" "junk")
    (@custom "argosy.manifest\00" "junk")
    (func (export "call")))
