//! What must hold of an overlay, whatever else is in it: safety first, in the words of its README.

use serde_json::{Value, json};

/// A place in a document, and what must be there.
type Wanted = (&'static str, fn() -> Value);

/// What a container may never lack.
const CONTAINER: &[Wanted] = &[
    ("/securityContext/allowPrivilegeEscalation", || json!(false)),
    ("/securityContext/readOnlyRootFilesystem", || json!(true)),
    (
        "/securityContext/capabilities",
        || json!({ "drop": ["ALL"] }),
    ),
];
/// What a pod may never lack.
const POD: &[Wanted] = &[
    ("/automountServiceAccountToken", || json!(false)),
    ("/enableServiceLinks", || json!(false)),
    ("/securityContext/runAsNonRoot", || json!(true)),
    ("/securityContext/runAsUser", || json!(65532)),
    ("/securityContext/runAsGroup", || json!(0)),
    ("/securityContext/seccompProfile/type", || {
        json!("RuntimeDefault")
    }),
];

/// Says what does not hold of an overlay's resources.
pub(crate) fn check(overlay: &str, resources: &[Value]) -> Vec<String> {
    let mut problems = Vec::new();
    let sets = of_kind(resources, "StatefulSet");
    let [set] = sets.as_slice() else {
        return vec![format!("{} sets instead of one", sets.len())];
    };
    let pod = &set["spec"]["template"]["spec"];
    problems.extend(differs("the pod", pod, POD));
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if !pod[field].is_null() {
            problems.push(format!("the pod has {field}"));
        }
    }
    for container in containers(pod) {
        let name = format!("container {}", container["name"]);
        problems.extend(differs(&name, container, CONTAINER));
        if container["resources"]["limits"]["memory"].is_null() {
            problems.push(format!("{name} has no limit of memory"));
        }
    }
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        if pod["containers"][0][probe]["httpGet"].is_null() {
            problems.push(format!("the node has no {probe}"));
        }
    }
    problems.extend(selects_its_pods(resources, set));
    problems.extend(volumes_are_there(pod, set, resources));
    problems.extend(match overlay {
        "validator" => validator(set, resources),
        "rpc" => rpc(set, resources),
        _ => single(set, resources),
    });
    problems
}

fn of_kind<'a>(resources: &'a [Value], kind: &str) -> Vec<&'a Value> {
    resources.iter().filter(|it| it["kind"] == kind).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    list(&pod["initContainers"])
        .iter()
        .chain(list(&pod["containers"]))
}

fn differs(what: &str, value: &Value, wanted: &[Wanted]) -> Vec<String> {
    let differs = wanted.iter().filter_map(|(path, wanted)| {
        let (found, wanted) = (value.pointer(path), wanted());
        (found != Some(&wanted)).then(|| format!("{what}: {path} is {found:?} and not {wanted}"))
    });
    differs.collect()
}

/// Services, policies and budgets are about the pods of this set, and all of them.
fn selects_its_pods(resources: &[Value], set: &Value) -> Vec<String> {
    let labels = &set["spec"]["template"]["metadata"]["labels"];
    let selectors = [
        ("StatefulSet", "/spec/selector/matchLabels"),
        ("Service", "/spec/selector"),
        ("NetworkPolicy", "/spec/podSelector/matchLabels"),
        ("PodDisruptionBudget", "/spec/selector/matchLabels"),
    ];
    let mut problems = Vec::new();
    for (kind, path) in selectors {
        let found = of_kind(resources, kind);
        if found.is_empty() {
            problems.push(format!("there is no {kind}"));
        }
        for resource in found {
            let selector = resource.pointer(path).and_then(Value::as_object);
            let selector = selector.filter(|it| !it.is_empty());
            let selects =
                selector.is_some_and(|it| it.iter().all(|(name, value)| labels[name] == *value));
            if !selects {
                problems.push(format!(
                    "{kind} {} is about other pods",
                    resource["metadata"]["name"]
                ));
            }
        }
    }
    let names: Vec<&Value> = of_kind(resources, "Service")
        .iter()
        .map(|it| &it["metadata"]["name"])
        .collect();
    if !names.contains(&&set["spec"]["serviceName"]) {
        problems.push(format!("no Service {}", set["spec"]["serviceName"]));
    }
    problems
}

/// What a container mounts exists: a volume, a claim, and the map with the configuration by its name.
fn volumes_are_there(pod: &Value, set: &Value, resources: &[Value]) -> Vec<String> {
    let claims = list(&set["spec"]["volumeClaimTemplates"]);
    let volumes = list(&pod["volumes"]).iter().map(|it| &it["name"]);
    let names: Vec<&Value> = volumes
        .chain(claims.iter().map(|it| &it["metadata"]["name"]))
        .collect();
    let mut problems = Vec::new();
    for container in containers(pod) {
        for mount in list(&container["volumeMounts"]) {
            if !names.contains(&&mount["name"]) {
                problems.push(format!(
                    "{} mounts {}, which is not there",
                    container["name"], mount["name"]
                ));
            }
        }
    }
    let maps: Vec<&Value> = of_kind(resources, "ConfigMap")
        .iter()
        .map(|it| &it["metadata"]["name"])
        .collect();
    for volume in list(&pod["volumes"]) {
        let map = &volume["configMap"]["name"];
        if !map.is_null() && !maps.contains(&map) {
            problems.push(format!("no ConfigMap {map}"));
        }
    }
    problems
}

fn budget(resources: &[Value]) -> &Value {
    let budgets = of_kind(resources, "PodDisruptionBudget");
    budgets
        .first()
        .map_or(&Value::Null, |it| &it["spec"]["maxUnavailable"])
}

fn single(set: &Value, resources: &[Value]) -> Vec<String> {
    let holds = [
        (set["spec"]["replicas"] == 1, "one replica"),
        (
            *budget(resources) == 0,
            "no disruption without the operator",
        ),
        (
            of_kind(resources, "HorizontalPodAutoscaler").is_empty(),
            "no autoscaler",
        ),
    ];
    broken(&holds)
}

fn rpc(set: &Value, resources: &[Value]) -> Vec<String> {
    let scalers = of_kind(resources, "HorizontalPodAutoscaler");
    let target = scalers
        .first()
        .map_or(&Value::Null, |it| &it["spec"]["scaleTargetRef"]["name"]);
    let restore = list(&set["spec"]["template"]["spec"]["initContainers"]).first();
    let words = restore.map_or(&[][..], |it| list(&it["args"]));
    let policies = of_kind(resources, "NetworkPolicy");
    let rules = policies.iter().flat_map(|it| list(&it["spec"]["ingress"]));
    let to_clients = rules.filter(|it| list(&it["ports"]).iter().any(|port| port["port"] == 9533));
    let holds = [
        (
            set["spec"]["replicas"].is_null(),
            "the autoscaler says how many there are",
        ),
        (
            *target == set["metadata"]["name"],
            "the autoscaler is about this set",
        ),
        (
            words.contains(&json!("--if-empty")),
            "a restart leaves a chain as it is",
        ),
        (*budget(resources) == 1, "one goes at a time"),
        (
            to_clients.filter(|it| !it["from"].is_null()).count() == 1,
            "RPC is for clients that are named",
        ),
    ];
    broken(&holds)
}

/// One key in one place, and out of the node's reach.
fn validator(set: &Value, resources: &[Value]) -> Vec<String> {
    let spec = &set["spec"];
    let pod = &spec["template"]["spec"];
    let (node, signer) = (&pod["containers"][0], &pod["initContainers"][0]);
    let mounts = |container: &Value| -> Vec<String> {
        let mounts = list(&container["volumeMounts"]).iter();
        mounts
            .filter_map(|it| it["name"].as_str().map(str::to_owned))
            .collect()
    };
    let has = |container: &Value, name: &str| mounts(container).iter().any(|it| it == name);
    let claims: Vec<&Value> = list(&spec["volumeClaimTemplates"])
        .iter()
        .map(|it| &it["metadata"]["name"])
        .collect();
    let modes = list(&spec["volumeClaimTemplates"]).iter();
    let mut modes = modes.map(|it| &it["spec"]["accessModes"]);
    let public = list(&pod["volumes"])
        .iter()
        .find(|it| it["name"] == "public");
    let public = public.map_or(&[][..], |it| list(&it["secret"]["items"]));
    let holds = [
        (spec["replicas"] == 1, "one replica"),
        (
            spec["updateStrategy"]["type"] == "OnDelete",
            "only the operator replaces it",
        ),
        (
            spec["podManagementPolicy"] == "OrderedReady",
            "never two at a time",
        ),
        (
            modes.all(|it| *it == json!(["ReadWriteOncePod"])),
            "a volume is for one pod",
        ),
        (
            claims == [&json!("data"), &json!("record")],
            "chain and record lie apart",
        ),
        (
            signer["restartPolicy"] == "Always",
            "the signer runs beside the node",
        ),
        (
            has(signer, "keys") && has(signer, "record"),
            "the signer has key and record",
        ),
        (!has(signer, "data"), "the signer has no chain"),
        (
            !has(node, "keys") && !has(node, "record"),
            "the node has neither key nor record",
        ),
        (
            public.iter().all(|it| it["key"] == "validator.pem") && !public.is_empty(),
            "the node has no passphrase",
        ),
        (
            *budget(resources) == 0,
            "no disruption without the operator",
        ),
        (
            of_kind(resources, "HorizontalPodAutoscaler").is_empty(),
            "no autoscaler",
        ),
    ];
    broken(&holds)
}

fn broken(holds: &[(bool, &str)]) -> Vec<String> {
    let broken = holds.iter().filter(|(holds, _)| !holds);
    broken.map(|(_, what)| format!("broken: {what}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validator_with_two_replicas_or_a_key_in_the_node_breaks_its_promise() {
        let mut set = json!({
            "kind": "StatefulSet",
            "spec": {
                "replicas": 1,
                "updateStrategy": { "type": "OnDelete" },
                "podManagementPolicy": "OrderedReady",
                "template": { "spec": {
                    "containers": [{ "volumeMounts": [{ "name": "data" }] }],
                    "initContainers": [{
                        "restartPolicy": "Always",
                        "volumeMounts": [{ "name": "keys" }, { "name": "record" }],
                    }],
                    "volumes": [{ "name": "public", "secret": { "items": [{ "key": "validator.pem" }] } }],
                } },
                "volumeClaimTemplates": [
                    { "metadata": { "name": "data" }, "spec": { "accessModes": ["ReadWriteOncePod"] } },
                    { "metadata": { "name": "record" }, "spec": { "accessModes": ["ReadWriteOncePod"] } },
                ],
            },
        });
        let budget = json!({ "kind": "PodDisruptionBudget", "spec": { "maxUnavailable": 0 } });
        let rest = [budget];
        assert_eq!(validator(&set, &rest), Vec::<String>::new());
        set["spec"]["replicas"] = json!(2);
        assert_eq!(validator(&set, &rest), ["broken: one replica"]);
        set["spec"]["replicas"] = json!(1);
        let node = "/spec/template/spec/containers/0/volumeMounts";
        *set.pointer_mut(node).unwrap() = json!([{ "name": "keys" }]);
        assert_eq!(
            validator(&set, &rest),
            ["broken: the node has neither key nor record"]
        );
        let scaler = json!({ "kind": "HorizontalPodAutoscaler" });
        assert_eq!(validator(&set, &[rest[0].clone(), scaler]).len(), 2);
    }
}
