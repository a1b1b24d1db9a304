;; incident: A component in place of a module.
(module binary "\00asm" "\0d\00\01\00")
