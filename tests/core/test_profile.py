"""profiles.yml becomes the profile of a twin."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import yaml

from bot.core import profile as profiles
from bot.core.profile import Attachment, Profile
from bot.errors import UsageError

WHERE = "profiles.yml of the user"
ONE = """
config: {send_anonymous_usage_stats: false}
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: dev.duckdb}
    prod: {type: duckdb, path: prod.duckdb}
"""
TWO = ONE + "other:\n  outputs:\n    default: {type: duckdb}\n"


ONE_THREAD = {"threads": 1}


def _choose(
    text: str, *, profile: str | None = None, target: str | None = None, environment: Mapping[str, str] | None = None
) -> Profile:
    content = profiles.load(text, WHERE)
    return profiles.choose(
        content, WHERE, profile=profile, target=target, environment=environment or {}, variables={"region": "eu"}
    )


def _profile(**output: object) -> Profile:
    return Profile("shop", "dev", "duckdb", {"type": "duckdb", **output}, "profiles.yml, shop.outputs.dev")


def _refused(text: str, match: str, *, profile: str | None = None, target: str | None = None) -> UsageError:
    with pytest.raises(UsageError, match=match) as caught:
        _choose(text, profile=profile, target=target)
    return caught.value


# --- which profile and target ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "profile", "target", "expected"),
    [
        (ONE, None, None, ("shop", "dev", "dev.duckdb")),
        (ONE, "shop", "prod", ("shop", "prod", "prod.duckdb")),
        (TWO, "shop", None, ("shop", "dev", "dev.duckdb")),
        (TWO, "other", None, ("other", "default", None)),
    ],
)
def test_the_profile_and_target_are_found(
    text: str, profile: str | None, target: str | None, expected: tuple[str, str, str | None]
) -> None:
    """Another database than the one the user means would be proven."""
    found = _choose(text, profile=profile, target=target)
    assert (found.name, found.target, found.output.get("path")) == expected
    assert found.adapter == "duckdb"
    assert found.where == f"{WHERE}, {expected[0]}.outputs.{expected[1]}"


def test_the_target_and_type_may_be_jinja() -> None:
    """A profile that follows the environment, as in most CI systems, could not be read."""
    text = """
shop:
  target: "{{ env_var('DBT_ENV', 'dev') }}"
  outputs:
    dev: {type: "{{ env_var('KIND') }}"}
    prod: {type: duckdb}
"""
    assert _choose(text, environment={"KIND": "duckdb"}).adapter == "duckdb"
    assert _choose(text, environment={"DBT_ENV": "prod"}).target == "prod"
    with pytest.raises(UsageError, match="the environment variable KIND is not set") as caught:
        _choose(text)
    assert caught.value.where == f"{WHERE}, shop.outputs.dev.type"
    assert caught.value.remedy == "Set KIND, or give it a default: `{{ env_var('KIND', '...') }}`."


def test_an_unknown_profile_is_told_with_those_there_are() -> None:
    """The user would not see the typo."""
    error = _refused(TWO, "the profile 'shopp' is not there; there are: shop, other", profile="shopp")
    assert "--profile" in error.remedy
    assert error.where == WHERE


@pytest.mark.parametrize(("text", "listed"), [(TWO, "shop, other"), ("", "none"), ("config: {}", "none")])
def test_one_of_several_profiles_must_be_chosen(text: str, listed: str) -> None:
    """One would be taken by chance."""
    _refused(text, f"no profile is chosen; there are: {listed}")


def test_an_unknown_target_is_told_with_those_there_are() -> None:
    """The user would not see the typo."""
    error = _refused(ONE, "the profile 'shop' has no target 'ci'; there are: dev, prod", target="ci")
    assert "--target" in error.remedy


@pytest.mark.parametrize(
    "block", ["shop:", "shop: text", "shop: []", "shop: {target: dev}", "shop: {outputs: {}}", "shop: {outputs: [dev]}"]
)
def test_a_profile_without_outputs_is_refused(block: str) -> None:
    """A half-written profile would be a crash."""
    assert "Describe at least one target" in _refused(block, "the profile 'shop' has no `outputs:`").remedy


def test_a_target_that_is_no_mapping_is_refused() -> None:
    """A half-written target would be a crash."""
    _refused("shop: {outputs: {default: duckdb}}", "has no target 'default'")


def test_a_target_without_type_is_refused() -> None:
    """A half-written target would be a crash."""
    error = _refused("shop: {outputs: {default: {path: x}}}", "the target has no `type:`")
    assert error.where == f"{WHERE}, shop.outputs.default"


# --- the file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("shop:\n  target: dev\n  outputs: {dev: {type: duckdb\n", "line 4"),
        ("a: 1\nb: [\n  c: }\n", "line 3"),
        ("shop:\n\ttarget: dev\n", "line 2"),
        ("shop:\n  path: {{ env_var('X') }}\n", "line 2"),
    ],
)
def test_broken_yaml_is_told_with_its_line(text: str, line: str) -> None:
    """The user would look for the error themselves."""
    with pytest.raises(UsageError, match="not valid YAML") as caught:
        profiles.load(text, WHERE)
    assert caught.value.where == f"{WHERE}, {line}"


def test_broken_yaml_tells_nothing_of_its_content() -> None:
    """A password beside a typo would end up in a public log."""
    with pytest.raises(UsageError) as caught:
        profiles.load("shop:\n  password: hunter2 : x\n  - broken", WHERE)
    assert "hunter2" not in f"{caught.value}{caught.value.remedy}"


def test_yaml_with_forbidden_characters_is_told_without_line() -> None:
    """A binary file would be a crash."""
    with pytest.raises(UsageError, match="not valid YAML") as caught:
        profiles.load("a: \x00", WHERE)
    assert caught.value.where == WHERE


@pytest.mark.parametrize("text", ["- a", "text", "3"])
def test_a_file_without_mapping_is_refused(text: str) -> None:
    """A wrong file would be a crash."""
    with pytest.raises(UsageError, match="must hold a mapping"):
        profiles.load(text, WHERE)


def test_an_empty_file_is_an_empty_mapping() -> None:
    """An empty dbt_project.yml or profiles.yml would be a crash."""
    assert profiles.load("# nothing\n", WHERE) == {}


# --- Jinja -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        (7, "7"),
        ("{{ env_var('SET') }}.duckdb", "value.duckdb"),
        ("{{ env_var('SET', 'other') }}", "value"),
        ("{{ env_var('NOT_SET', 'default') }}", "default"),
        ("{{ env_var('NOT_SET', '') }}", ""),
        ("{{ env_var('NUMBER') | as_number }}", "4"),
        ("{{ env_var('NUMBER') | int + 1 }}", "5"),
        ("{{ var('region') }}", "eu"),
        ("{{ var('zone', 'b') }}", "b"),
        ("{{ fromjson(env_var('JSON')).path }}", "from json"),
        ("{% if env_var('SET') == 'value' %}yes{% endif %}", "yes"),
        ("&<>", "&<>"),
    ],
)
def test_values_render_as_in_dbt(text: object, expected: str) -> None:
    """Another file than dbt's would be copied."""
    environment = {"SET": "value", "NUMBER": "4", "JSON": '{"path": "from json"}'}
    assert profiles.render(text, environment, {"region": "eu"}, "here") == expected


def test_a_missing_variable_is_named() -> None:
    """dbt would refuse what proofbot reads as the word None."""
    with pytest.raises(UsageError, match="the variable zone is not set") as caught:
        profiles.render("{{ var('zone') }}.duckdb", {}, {}, "here")
    assert "--vars '{zone: ...}'" in caught.value.remedy
    assert caught.value.where == "here"


@pytest.mark.parametrize(
    "text",
    [
        "{{ env_var('X' }}",
        "{% if %}",
        "{{ nothing }}",
        "{{ target.name.first }}",
        "{{ env_var() }}",
        "{{ 1 // 0 }}",
        "{{ fromjson('{') }}",
        "{{ 'a' | no_such_filter }}",
        "{{ 'a' + 1 }}",
    ],
)
def test_jinja_that_does_not_render_is_told_with_its_place(text: str) -> None:
    """A typo in a profile would be a crash."""
    with pytest.raises(UsageError, match="does not render") as caught:
        profiles.render(text, {}, {}, "profiles.yml, shop.outputs.dev.path")
    assert caught.value.where == "profiles.yml, shop.outputs.dev.path"


# --- the database ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("shop.duckdb", "shop.duckdb"),
        ("../data/shop.db", "../data/shop.db"),
        ("/abs/shop.duckdb", "/abs/shop.duckdb"),
        ("C:\\data\\shop.duckdb", "C:\\data\\shop.duckdb"),
        ("{{ env_var('DB') }}/shop.duckdb", "folder/shop.duckdb"),
        (None, ":memory:"),
        ("", ":memory:"),
        ("{{ env_var('NOT_SET', '') }}", ":memory:"),
        (":memory:", ":memory:"),
    ],
)
def test_the_database_is_the_users_file(path: object, expected: str) -> None:
    """Raw tables that the user has would be missing from the twins."""
    assert profiles.database_path(_profile(path=path), {"DB": "folder"}, {}) == expected


@pytest.mark.parametrize(
    "path",
    [
        "md:shop",
        "MD:shop",
        "motherduck:shop?motherduck_token=t0ken",
        "ducklake:meta.db",
        "s3://bucket/x.duckdb",
        "gs://bucket/x.duckdb",
        "https://example.org/x.duckdb",
        "{{ env_var('DB') }}",
    ],
)
def test_a_database_that_is_no_file_is_refused(path: str) -> None:
    """proofbot would build in the user's own database in the cloud; and a token in the path would be printed."""
    with pytest.raises(UsageError, match="is not a local DuckDB file") as caught:
        profiles.database_path(_profile(path=path), {"DB": "md:shop"}, {})
    assert caught.value.where == "profiles.yml, shop.outputs.dev.path"
    assert "t0ken" not in str(caught.value)


def test_a_server_is_refused() -> None:
    """dbt would build on the server, whatever file the twin's profile names: the user's own tables would be lost."""
    remote = {"host": "localhost", "port": 5433, "user": "me"}
    with pytest.raises(UsageError, match="through a server") as caught:
        profiles.database_path(_profile(path="x.duckdb", remote=remote), {}, {})
    assert caught.value.where == "profiles.yml, shop.outputs.dev.remote"


def test_a_ducklake_is_refused() -> None:
    """proofbot would build in the user's lake."""
    with pytest.raises(UsageError, match="is not a local DuckDB file"):
        profiles.database_path(_profile(path="x.duckdb", is_ducklake=True), {}, {})


@pytest.mark.parametrize(
    ("path", "name", "catalogs"),
    [
        ("shop.duckdb", "shop.duckdb", {"shop"}),
        ("/data/Shop.duckdb", "Shop.duckdb", {"shop"}),
        ("C:\\data\\shop.db", "shop.db", {"shop"}),
        ("my.shop.duckdb", "my.shop.duckdb", {"my", "my.shop"}),
        (".hidden.duckdb", ".hidden.duckdb", {"hidden", ".hidden"}),
        ("no_suffix", "no_suffix", {"no_suffix"}),
        (":memory:", "memory.duckdb", {"memory"}),
    ],
)
def test_a_twin_has_the_name_of_the_users_database(path: str, name: str, catalogs: set[str]) -> None:
    """Projects that write the database's name into their data would differ from what the user has."""
    assert profiles.file_name(path) == name
    assert profiles.catalogs(name, _profile(path=path)) == catalogs


def test_a_declared_database_is_the_twins() -> None:
    """The guard would refuse a project that names its own database."""
    assert "my_db" in profiles.catalogs("x.duckdb", _profile(path="x.duckdb", database="My_DB"))


def test_a_declared_database_that_is_attached_is_not_the_twins() -> None:
    """The guard would let models be built in an attached database of the user's."""
    attach: list[object] = [{"path": "lake.duckdb", "alias": "lake"}]
    assert profiles.catalogs("x.duckdb", _profile(path="x.duckdb", database="lake", attach=attach)) == {"x"}


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (None, ()),
        (["httpfs", "parquet"], ("httpfs", "parquet")),
        ([{"name": "h3", "repo": "community"}, "json"], ("h3", "json")),
        ("httpfs", ()),
    ],
)
def test_extensions_are_told(listed: object, expected: tuple[str, ...]) -> None:
    """Views that need an extension could not be asked."""
    assert profiles.extensions(_profile(extensions=listed)) == expected


# --- what is attached, and the twin's profile --------------------------------------------------------------------


def test_attached_databases_are_told_as_written_and_rendered() -> None:
    """Files that the user attaches would not be found from the twins."""
    attach = [
        {"path": "{{ env_var('RAW') }}/raw.duckdb", "alias": "raw"},
        {"path": "crm.sqlite", "type": "sqlite"},
        {"path": "dbname=x", "type": "postgres", "alias": "pg"},
    ]
    assert profiles.attachments(_profile(attach=attach), {"RAW": "/data"}, {}) == (
        Attachment("{{ env_var('RAW') }}/raw.duckdb", "/data/raw.duckdb", "raw", "duckdb"),
        Attachment("crm.sqlite", "crm.sqlite", None, "sqlite"),
        Attachment("dbname=x", "dbname=x", "pg", "postgres"),
    )
    assert profiles.attachments(_profile(), {}, {}) == ()


@pytest.mark.parametrize("attach", ["raw.duckdb", {"path": "x"}, ["raw.duckdb"], [{"alias": "raw"}], [None]])
def test_a_malformed_attach_is_refused(attach: object) -> None:
    """A database could be attached for writing, past the guard; or the profile be a crash."""
    with pytest.raises(UsageError, match="must be a list of entries with a `path:`") as caught:
        profiles.attachments(_profile(attach=attach), {}, {})
    assert caught.value.where == "profiles.yml, shop.outputs.dev.attach"


SECRETIVE = {
    "path": "{{ env_var('DB_PATH') }}",
    "threads": "{{ env_var('THREADS', 4) | as_number }}",
    "secrets": [{"type": "s3", "key_id": "{{ env_var('S3_KEY') }}", "secret": "{{ env_var('S3_SECRET') }}"}],
    "settings": {"motherduck_token": "{{ env_var('TOKEN') }}", "enable_progress_bar": False, "day": "2026-01-01"},
    "schema": "main",
}


def _twin(profile: Profile, attached: Mapping[str, str] | None = None) -> dict[str, object]:
    document = yaml.safe_load(profiles.twin(profile, "../../db/shop.duckdb", attached or {}))
    assert list(document) == ["shop"]
    assert document["shop"]["target"] == "dev"
    assert list(document["shop"]["outputs"]) == ["dev"]
    output: dict[str, object] = document["shop"]["outputs"]["dev"]
    return output


def test_a_twin_differs_in_its_path_only_and_keeps_its_secrets_unrendered() -> None:
    """Secrets would be written to disk; or the twins be built with other settings than the user's."""
    profile = _profile(**SECRETIVE)
    settings = SECRETIVE["settings"]
    assert isinstance(settings, dict)
    own = {"path": "../../db/shop.duckdb", "settings": {**settings, **ONE_THREAD}}
    assert _twin(profile) == {**SECRETIVE, "type": "duckdb", **own}
    assert profile.output["path"] == "{{ env_var('DB_PATH') }}"


def test_a_twins_profile_is_the_same_text_each_time() -> None:
    """dbt would parse the whole project anew at head, and no origin would be found again."""
    turned = dict(reversed({"type": "duckdb", **SECRETIVE}.items()))
    texts = {
        profiles.twin(Profile("shop", "dev", "duckdb", output, ""), "x.duckdb", {})
        for output in (turned, {"type": "duckdb", **SECRETIVE})
    }
    assert len(texts) == 1


def test_whatever_is_attached_is_attached_read_only() -> None:
    """A hook or a model would write to a database of the user's."""
    attach: list[dict[str, object]] = [
        {"path": "raw.duckdb", "alias": "raw", "read_only": False},
        {"path": "{{ env_var('CRM') }}", "type": "sqlite"},
        {"path": "md:cloud", "options": {"READ_WRITE": True, "read_only": False, "schema": "x"}},
    ]
    written = [dict(entry) for entry in attach]
    profile = _profile(path="x.duckdb", attach=attach)
    output = _twin(profile, {"raw.duckdb": "/user/raw.duckdb", "{{ env_var('CRM') }}": "/user/crm.db"})
    assert output["attach"] == [
        {"path": "/user/raw.duckdb", "alias": "raw", "read_only": True},
        {"path": "/user/crm.db", "type": "sqlite", "read_only": True},
        {"path": "md:cloud", "options": {"schema": "x"}, "read_only": True},
    ]
    assert attach == written


def test_odd_names_and_values_survive() -> None:
    """A profile with quotes, line breaks or words that YAML knows would become another one."""
    odd: dict[str, object] = {
        "a: b": "yes",
        "n": "null",
        "list": ["1", 1, None],
        "text": 'line\n\'"{{ x }}" Ü',
        "o": "012",
    }
    assert _twin(_profile(**odd)) == {**odd, "type": "duckdb", "path": "../../db/shop.duckdb", "settings": ONE_THREAD}


def test_the_folder_of_external_models_is_rendered_before_it_is_judged() -> None:
    """A user's files would be overwritten where the folder comes from an environment variable."""
    profile = _profile(external_root="{{ env_var('OUT', 'out') }}")
    assert profiles.external_root(profile, {"OUT": "/srv/data"}, {}) == "/srv/data"
    assert profiles.external_root(profile, {}, {}) == "out"
    assert profiles.external_root(_profile(), {}, {}) == "."


def test_sums_of_floats_do_not_depend_on_the_number_of_cores() -> None:
    """A reviewer would see changed revenue where two builds of the same code only added up in another order."""
    assert _twin(_profile())["settings"] == ONE_THREAD
    own = {"threads": 4, "memory_limit": "1GB"}
    assert _twin(_profile(settings=own))["settings"] == own


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (4, 4),
        ("8", 8),
        (" 2 ", 2),
        ("{{ env_var('THREADS') }}", 6),
        ("{{ env_var('OTHER', '3') | as_number }}", 3),
        ("{{ var('threads') | int }}", 5),
        (0, 1),
        (-1, 1),
        (True, 1),
        ("many", 1),
        (None, 1),
    ],
)
def test_the_profile_says_how_much_goes_on_at_once(written: object, expected: int) -> None:
    """A warehouse would be asked by more sessions than its owner allows, or a run end for a profile that dbt takes."""
    assert profiles.threads(_profile(threads=written), {"THREADS": "6"}, {"threads": 5}) == expected


def test_without_a_word_on_threads_one_thing_goes_on_at_once() -> None:
    """A run would go on where dbt itself would not."""
    assert profiles.threads(_profile(), {}, {}) == 1
    with pytest.raises(UsageError, match="THREADS"):
        profiles.threads(_profile(threads="{{ env_var('THREADS') }}"), {}, {})
