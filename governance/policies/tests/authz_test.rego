# The cases of cases.yaml on OPA; tests/governance asks the embedded engine the same. (regopy 1.5
# aborts the process on `with input as`, and its object.union is not recursive.)
package maestro.authz_test

import data.maestro.authz

cases := data.tests.cases

asked(case) := object.union(data.tests.usual[case.usual], object.get(case, "but", {}))

test_decision[name] if {
	some name, case in cases
	decision := authz.decision with input as asked(case)
	codes := {reason.code | some reason in decision.deny}
	codes == {code | some code in case.codes}
	decision.obligations == object.get(case, "obligations", [])
	allowed := count(case.codes) == 0
	decision.allow == allowed
}
