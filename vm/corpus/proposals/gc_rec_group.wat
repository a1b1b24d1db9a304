;; incident: Types that name each other: to compare them is a problem on graphs.
(module
    (rec (type $a (func (param (ref null $b)))) (type $b (func (param (ref null $a)))))
    (func (export "call")))
