;; incident: Text in place of a module: engines built with a text parser accept it.
(module binary
    "(module (func (export \22call\22)))")
