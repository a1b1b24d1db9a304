;; incident: The index of the table in `call_indirect` takes five bytes, as recent linkers write it. It is
;;   allowed.
(module binary
    "\00asm" "\01\00\00\00"
    "\01\04\01\60\00\00"                            ;; types: () -> ()
    "\03\03\02\00\00"                               ;; functions
    "\04\04\01\70\00\01"                            ;; table of one
    "\07\08\01\04call\00\01"                        ;; exports
    "\09\07\01\00\41\00\0b\01\00"                   ;; elements: function 0 at 0
    "\0a\10\02\02\00\0b"                            ;; code: nothing;
    "\0b\00\41\00\11\00\80\80\80\80\00\0b")         ;; call_indirect
