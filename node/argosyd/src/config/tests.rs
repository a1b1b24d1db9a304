//! Every source, every setting, every way to be wrong.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use clap::Command;
use toml::Value;

use super::load::{Loaded, flags};
use super::table::{Kind, SETTINGS, Setting};

mod own_file; // the file in the data directory

/// What one loads from.
#[derive(Default)]
struct Sources {
    file: Option<String>,
    environment: Vec<(String, String)>,
    flags: Vec<String>,
}

impl Sources {
    fn load(&self) -> Result<Loaded, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("argosyd.toml");
        let mut words = vec!["argosyd".to_owned()];
        if let Some(text) = &self.file {
            fs::write(&path, text).unwrap();
            words.extend(["--config".into(), path.to_str().unwrap().to_owned()]);
        }
        words.extend(self.flags.iter().cloned());
        let matches = Command::new("argosyd")
            .args(flags())
            .try_get_matches_from(words);
        let matches = matches.map_err(|error| error.to_string())?;
        let environment = self
            .environment
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        Loaded::from(&matches, environment.collect::<Vec<(OsString, OsString)>>())
            .map_err(|error| error.to_string())
    }

    fn file(text: &str) -> Sources {
        Sources {
            file: Some(text.into()),
            ..Sources::default()
        }
    }

    fn flags(words: &[&str]) -> Sources {
        let flags = words.iter().map(|&it| it.into()).collect();
        Sources {
            flags,
            ..Sources::default()
        }
    }

    fn environment(name: &str, value: &str) -> Sources {
        let environment = vec![(name.into(), value.into())];
        Sources {
            environment,
            ..Sources::default()
        }
    }
}

/// It is refused in a sentence that says all of these.
#[track_caller]
fn refuse(sources: &Sources, says: &[&str]) {
    let Err(error) = sources.load() else {
        panic!("it was taken")
    };
    for text in says {
        assert!(error.contains(text), "no {text:?} in {error}");
    }
}

/// Two values of a setting that are not its default, as typed; with what else they need.
fn examples(setting: &Setting) -> ([String; 2], Option<(&'static str, &'static str)>) {
    let needs = match setting.key.as_str() {
        "rpc.rate.per_second" => Some(("rpc.rate.burst", "1000")),
        "rpc.rate.burst" => Some(("rpc.rate.per_second", "1")),
        "rpc.websocket_rate.per_second" => Some(("rpc.websocket_rate.burst", "1000")),
        "rpc.websocket_rate.burst" => Some(("rpc.websocket_rate.per_second", "1")),
        "signer.address" => Some(("signer.tls_dir", "\"tls\"")),
        "signer.tls_dir" => Some(("signer.address", "\"a:1\"")),
        _ => None,
    };
    let texts = match (&setting.kind, setting.key.as_str()) {
        (_, key) if key.ends_with(".listen") || key == "gossip.announce" => {
            ["127.0.0.1:81", "[::1]:82"].map(Into::into)
        }
        (_, "traces.endpoint") => ["http://127.0.0.1:4318", "http://[::1]:81/otlp"].map(Into::into),
        (_, "traces.attributes") => ["a=1,b=2", "c=3"].map(Into::into),
        (_, "signer.address") => ["a:1", "b:2"].map(Into::into),
        (_, "dev") => ["manual", "5s"].map(Into::into),
        (_, "p2p.peers" | "gossip.peers" | "gossip.bootnodes") => {
            ["a:1,b:2", "c:3"].map(Into::into)
        }
        (_, "rpc.trusted_proxies") => ["10.0.0.0/8,::1", "192.0.2.7"].map(Into::into),
        (Kind::Text, _) => ["one", "two"].map(Into::into),
        (Kind::List, _) => ["a,b", "c"].map(Into::into),
        (Kind::Choice(words), _) => match &words[..] {
            [default, other] => [other.clone(), default.clone()],
            words => [words[1].clone(), words[2].clone()],
        },
        (Kind::Integer(range), _) => {
            let default = setting
                .default
                .as_ref()
                .and_then(Value::as_integer)
                .unwrap_or(999);
            [default + 1, default + 2]
                .map(|it| if range.contains(&it) { it } else { it - 5 }.to_string())
        }
    };
    (texts, needs)
}

fn as_toml(setting: &Setting, text: &str) -> String {
    match setting.kind {
        Kind::Text | Kind::Choice(_) => format!("{text:?}"),
        Kind::Integer(_) => text.into(),
        Kind::List => format!("{:?}", text.split(',').collect::<Vec<_>>()),
    }
}

fn shown(loaded: &Loaded, setting: &Setting) -> Value {
    let file: Value = toml::from_str(&loaded.show(false)).unwrap();
    let found = setting
        .key
        .split('.')
        .try_fold(&file, |it, name| it.get(name));
    found
        .unwrap_or_else(|| panic!("{} is not shown", setting.key))
        .clone()
}

#[test]
fn every_setting_is_taken_from_every_source_and_the_stronger_one_wins() {
    assert!(SETTINGS.len() > 30, "{}", SETTINGS.len());
    for setting in SETTINGS.iter() {
        let ([weak, strong], needs) = examples(setting);
        let need = needs
            .map(|(key, value)| format!("{key} = {value}\n"))
            .unwrap_or_default();
        let file = format!("{need}{} = {}\n", setting.key, as_toml(setting, &weak));
        let expected = |text: &str| -> Value {
            let table: toml::Table = format!("it = {}", as_toml(setting, text)).parse().unwrap();
            table["it"].clone()
        };
        let from_file = Sources::file(&file).load().unwrap();
        assert_eq!(
            shown(&from_file, setting),
            expected(&weak),
            "{} in a file",
            setting.key
        );

        let mut sources = Sources::file(&file);
        sources
            .environment
            .push((setting.variable(), strong.clone()));
        let from_environment = sources.load().unwrap();
        assert_eq!(
            shown(&from_environment, setting),
            expected(&strong),
            "{}",
            setting.variable()
        );

        sources.environment = vec![(setting.variable(), weak.clone())];
        sources.flags.push(format!("--{}={strong}", setting.flag()));
        let from_flag = sources.load().unwrap();
        assert_eq!(
            shown(&from_flag, setting),
            expected(&strong),
            "--{}",
            setting.flag()
        );
        let origin = format!("# flag --{}", setting.flag());
        assert!(from_flag.show(true).contains(&origin), "{origin}");
    }
}

#[test]
fn what_is_shown_gives_the_same_configuration() {
    let sources = Sources::flags(&[
        "--instance=4",
        "--dev",
        "--rpc.hosts=a,b",
        "--rpc.rate.burst=99",
        "--rpc.rate.per-second=7",
    ]);
    for with_origin in [false, true] {
        let first = sources.load().unwrap();
        let again = Sources::file(&first.show(with_origin)).load().unwrap();
        assert_eq!(
            format!("{:?}", first.config()),
            format!("{:?}", again.config())
        );
    }
    let bare = Sources::default().load().unwrap();
    let again = Sources::file(&bare.show(true)).load().unwrap();
    assert_eq!(
        format!("{:?}", bare.config()),
        format!("{:?}", again.config())
    );
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_one_in_the_same_spelling() {
    refuse(
        &Sources::file("a = 1\n[rpc]\nmax_conections = 1\n"),
        &["unknown setting a"],
    );
    refuse(
        &Sources::file("[rpc]\n\nmax_conections = 1\n"),
        &[
            "rpc.max_conections",
            "argosyd.toml:3",
            "rpc.max_connections?",
        ],
    );
    refuse(
        &Sources::file("[rcp]\nlisten = 1\n"),
        &["unknown setting rcp", "argosyd.toml:1"],
    );
    refuse(
        &Sources::environment("ARGOSY_RPC__MAX_CONECTIONS", "1"),
        &["ARGOSY_RPC__MAX_CONNECTIONS?"],
    );
    refuse(
        &Sources::environment("ARGOSY_", "1"),
        &["unknown setting ARGOSY_"],
    );
    refuse(
        &Sources::flags(&["--rpc.max-conections=1"]),
        &["--rpc.max-connections"],
    );
    Sources::environment("ARGOSY_RPC_URL", "of the client")
        .load()
        .unwrap();
    Sources::environment("OTHER", "x").load().unwrap();
}

#[test]
fn values_that_do_not_fit_are_refused_with_what_would_and_where_they_stand() {
    refuse(
        &Sources::flags(&["--rpc.max-connections=0"]),
        &["flag --rpc.max-connections", "from 1"],
    );
    refuse(
        &Sources::flags(&["--rpc.max-connections=many"]),
        &["many", "a number from 1"],
    );
    refuse(&Sources::flags(&["--instance=100"]), &["0 to 99"]);
    refuse(
        &Sources::environment("ARGOSY_LOG__FORMAT", "xml"),
        &["environment ARGOSY_LOG__FORMAT", "pretty | logfmt | json"],
    );
    refuse(
        &Sources::environment("ARGOSY_RPC__LISTEN", "here"),
        &["environment ARGOSY_RPC__LISTEN", "here", "socket address"],
    );
    refuse(
        &Sources::flags(&["--dev=often"]),
        &["flag --dev", "often", "instant, manual"],
    );
    refuse(
        &Sources::flags(&["--traces.endpoint=https://a:4318"]),
        &["flag --traces.endpoint", "https://a:4318", "not https://"],
    );
    refuse(
        &Sources::environment("ARGOSY_TRACES__ENDPOINT", "http://me:secret@a:4318"),
        &[
            "environment ARGOSY_TRACES__ENDPOINT",
            "http://127.0.0.1:4318",
        ],
    );
    refuse(&Sources::flags(&["--traces.sample=1001"]), &["0 to 1000"]);
    refuse(
        &Sources::environment("ARGOSY_TRACES__SERVICE_NAME", ""),
        &["environment ARGOSY_TRACES__SERVICE_NAME", "1 to 128 bytes"],
    );
    refuse(
        &Sources::file("[traces]\nattributes = [\"a=b\", \"c\"]\n"),
        &["traces.attributes = c", "argosyd.toml:2", "name=value"],
    );
    refuse(
        &Sources::file("[rpc]\nlisten = 7\n"),
        &["argosyd.toml:2", "rpc.listen = 7", "a text"],
    );
    refuse(
        &Sources::file("rpc = 7\n"),
        &["argosyd.toml:1", "a table of settings"],
    );
    refuse(
        &Sources::file("[rpc]\nhosts = [1]\n"),
        &["rpc.hosts", "a list of texts"],
    );
    refuse(&Sources::file("x = \n"), &["line 1", "column"]);
}

#[test]
fn variables_of_opentelemetry_are_the_weakest_source() {
    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4318");
    let sources = |file: &str, said: &[(&str, &str)]| {
        let own = |it: &(&str, &str)| (it.0.to_owned(), it.1.to_owned());
        Sources {
            environment: said.iter().map(own).collect(),
            ..Sources::file(file)
        }
    };
    let shown = |file: &str, said: &[(&str, &str)]| sources(file, said).load().unwrap().show(true);
    let weak = shown("", &[ENDPOINT, ("OTEL_SERVICE_NAME", "it")]);
    let line = "endpoint = \"http://a:4318\" # environment OTEL_EXPORTER_OTLP_ENDPOINT";
    assert!(weak.contains(line), "{weak}");
    assert!(
        weak.contains("service_name = \"it\" # environment OTEL_SERVICE_NAME"),
        "{weak}"
    );
    assert!(weak.contains("sample = 10 # default"), "{weak}");
    let file = "[traces]\nendpoint = \"http://b:1\"\nservice_name = \"own\"\n";
    let strong = shown(file, &[ENDPOINT, ("OTEL_SERVICE_NAME", "it")]);
    assert!(
        strong.contains("endpoint = \"http://b:1\" # file"),
        "{strong}"
    );
    assert!(strong.contains("service_name = \"own\" # file"), "{strong}");
    let own = ("ARGOSY_TRACES__SAMPLE", "5");
    let strong = shown("", &[ENDPOINT, own, ("OTEL_TRACES_SAMPLER", "always_on")]);
    assert!(
        strong.contains("sample = 5 # environment ARGOSY_TRACES__SAMPLE"),
        "{strong}"
    );
    assert!(
        strong.contains("clients = \"decide\" # default"),
        "{strong}"
    );

    let loaded = sources("", &[ENDPOINT, ("OTEL_TRACES_SAMPLER", "always_on")]).load();
    let loaded = loaded.unwrap();
    let traces = &loaded.config().traces;
    assert_eq!((traces.sample, traces.clients_decide), (1000, false));
    let parent = sources(
        "",
        &[ENDPOINT, ("OTEL_TRACES_SAMPLER", "parentbased_always_off")],
    );
    let loaded = parent.load().unwrap();
    let traces = &loaded.config().traces;
    assert_eq!((traces.sample, traces.clients_decide), (0, true));

    refuse(
        &sources("", &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a:4318")]),
        &[
            "environment OTEL_EXPORTER_OTLP_ENDPOINT",
            "https://a:4318",
            "not https://",
        ],
    );
    refuse(
        &sources(
            "",
            &[ENDPOINT, ("OTEL_RESOURCE_ATTRIBUTES", "argosy.network=x")],
        ),
        &["environment OTEL_RESOURCE_ATTRIBUTES", "the node itself"],
    );
    refuse(
        &sources("", &[ENDPOINT, ("OTEL_TRACES_SAMPLER", "xray")]),
        &["OTEL_TRACES_SAMPLER = xray", "parentbased_"],
    );
}

#[test]
fn what_may_be_a_secret_is_not_repeated() {
    for name in ["ARGOSY_TRACES__ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"] {
        let loaded = Sources::environment(name, "http://me:s3cret@a:4318").load();
        let error = loaded.err().unwrap();
        assert!(error.contains(name) && !error.contains("s3cret"), "{error}");
    }
    let matches = Command::new("argosyd")
        .args(flags())
        .get_matches_from(["argosyd"]);
    let name = "OTEL_EXPORTER_OTLP_HEADERS";
    let value: OsString = std::os::unix::ffi::OsStringExt::from_vec(b"a=s3cret\xff".to_vec());
    let error = Loaded::from(&matches, [(OsString::from(name), value)]).err();
    let error = error.unwrap().to_string();
    assert!(error.contains(name) && !error.contains("s3cret"), "{error}");
}

#[test]
fn what_kubernetes_says_of_services_is_no_setting() {
    for (name, value) in [
        ("ARGOSY_SERVICE_HOST", "10.0.0.1"),
        ("ARGOSY_SERVICE_PORT", "9533"),
        ("ARGOSY_RPC_SERVICE_PORT_HTTP", "9533"),
        ("ARGOSY_PORT", "tcp://10.0.0.1:9533"),
        ("ARGOSY_PORT_9533_TCP", "tcp://10.0.0.1:9533"),
        ("ARGOSY_PORT_9533_TCP_ADDR", "10.0.0.1"),
    ] {
        assert!(Sources::environment(name, value).load().is_ok(), "{name}");
    }
    // A setting that is spelt wrong is not taken for one of these.
    for (name, value) in [("ARGOSY_PORT", "9533"), ("ARGOSY_RPC_PORT", "9533")] {
        assert!(Sources::environment(name, value).load().is_err(), "{name}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let named = |path: PathBuf| Sources::flags(&["--config", path.to_str().unwrap()]);
    refuse(
        &named(folder.path().join("none.toml")),
        &["cannot read the configuration", "none.toml"],
    );
    refuse(
        &named(folder.path().into()),
        &["cannot read the configuration"],
    );
    let path = folder.path().join("binary.toml");
    fs::write(&path, [0xff, 0xfe]).unwrap();
    refuse(&named(path), &["binary.toml", "UTF-8"]);
    let path = folder.path().join("large.toml");
    fs::write(&path, vec![b'#'; 1024 * 1024 + 1]).unwrap();
    refuse(&named(path.clone()), &["larger than 1 MiB"]);
    refuse(
        &Sources::environment("ARGOSY_CONFIG", path.to_str().unwrap()),
        &["larger than 1 MiB"],
    );
}

#[test]
fn contradictions_name_both_sides() {
    refuse(
        &Sources::flags(&["--rpc.listen=0.0.0.0:5", "--ops.listen=127.0.0.1:5"]),
        &["rpc.listen", "ops.listen", "one port"],
    );
    refuse(
        &Sources::flags(&["--admin.listen=0.0.0.0:9534"]),
        &[
            "admin.listen = 0.0.0.0:9534",
            "this machine",
            "127.0.0.1:9534",
        ],
    );
    refuse(
        &Sources::flags(&["--rpc.max-connections=5", "--rpc.max-connections-per-ip=6"]),
        &["max_connections_per_ip = 6", "max_connections = 5"],
    );
    refuse(
        &Sources::flags(&["--rpc.rate.burst=500"]),
        &["rpc.rate.per_second", "rpc.rate.burst", "together"],
    );
    refuse(
        &Sources::flags(&["--rpc.rate.burst=1", "--rpc.rate.per-second=1"]),
        &["rpc.rate.burst"],
    );
    let fewer = Sources::flags(&["--rpc.max-connections=5"]).load().unwrap();
    assert_eq!(
        fewer.config().rpc.max_connections_per_ip,
        5,
        "a default gives way"
    );
}

#[test]
fn an_instance_moves_default_ports_and_no_other() {
    let loaded = Sources::flags(&["--instance=2", "--ops.listen=127.0.0.1:7000"])
        .load()
        .unwrap();
    assert_eq!(loaded.config().rpc.listen.port(), 9553);
    assert_eq!(loaded.config().ops.listen.port(), 7000);
}

#[test]
fn the_page_has_a_line_for_every_setting_that_explains_it() {
    let page = super::docs();
    for setting in SETTINGS.iter() {
        let line = format!("| `{}` |", setting.name());
        assert!(page.contains(&line), "{}", setting.key);
        assert!(setting.doc.len() > 10, "{} explains nothing", setting.key);
    }
}

#[test]
fn what_a_running_node_takes_anew_is_marked_in_schema_and_page_and_nothing_else_is() {
    let reloadable = SETTINGS.iter().filter(|it| it.is_reloadable);
    let found: Vec<_> = reloadable.map(|it| it.key.as_str()).collect();
    let expected = [
        "gossip.bootnodes",
        "gossip.peers",
        "log.filter",
        "p2p.peers",
        "rpc.rate.burst",
        "rpc.rate.per_second",
        "rpc.websocket_rate.burst",
        "rpc.websocket_rate.per_second",
    ];
    assert_eq!(found, expected);
    let marked = super::docs().matches("*Reloadable.*").count();
    assert_eq!(marked, expected.len());
    let marked = super::schema().matches("\"x-reloadable\": true").count();
    assert_eq!(marked, expected.len());
}

#[test]
fn a_configuration_that_is_read_again_says_what_changed_and_what_of_it_can() {
    let before = "[log]\nfilter = \"info\"\n[rpc]\nmax_events = 7\n";
    let mut holds = Sources::file(before).load().unwrap();
    let same = Sources::file(before).load().unwrap();
    assert_eq!(holds.take(&same), Default::default());

    let after = "[rpc]\nmax_events = 8\n[rpc.rate]\nburst = 99\nper_second = 7\n";
    let other = Sources::file(after).load().unwrap();
    let changed = holds.take(&other);
    let expected = ["log.filter", "rpc.rate.burst", "rpc.rate.per_second"];
    assert_eq!(changed.taken, expected);
    assert_eq!(changed.waiting, ["rpc.max_events"]);
    // What has to wait for another start is said again, and nothing else is.
    let changed = holds.take(&other);
    assert!(changed.taken.is_empty(), "{changed:?}");
    assert_eq!(changed.waiting, ["rpc.max_events"]);
}
