;; incident: Half a million locals in four bytes of file: paid for by the local, refused by their number.
(module binary
    "\00asm" "\01\00\00\00"
    "\01\04\01\60\00\00"                            ;; types: () -> ()
    "\03\02\01\00"                                  ;; functions
    "\07\08\01\04call\00\00"                        ;; exports
    "\0a\08\01\06\01\80\89\1e\7f\0b")              ;; code: 500 000 locals of i32
