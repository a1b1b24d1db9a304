;; incident: Ten thousand blocks in one another: a recursive parser or translator overflows the native stack
;;   (wabt, early wasmer).
(module
    (func (export "call") {{10000|block }}{{10000|end }}))
