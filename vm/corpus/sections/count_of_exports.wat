;; incident: Four billion exports, and none of them in the file: an allocation by the count alone ends the
;;   node.
(module binary
    "\00asm\01\00\00\00"     ;; magic and version
    "\07\05\ff\ff\ff\ff\0f"  ;; exports
)
