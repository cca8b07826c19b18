"""profiles.yml becomes the profile of a twin: the user's own, with another database file.

Only what proofbot must know is rendered here (profile, target, adapter type, paths). Everything else stays the Jinja
text it is, for dbt to render: secrets never reach a file of ours. The functions of dbt's profile context are described
at https://docs.getdbt.com/reference/dbt-jinja-functions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlparse

import jinja2
import yaml

from bot.errors import UsageError

MEMORY = ":memory:"
_MISSING = object()
_ACCESS = frozenset({"read_only", "readonly", "read_write", "readwrite", "access_mode"})
_REMOTE = frozenset({"md", "motherduck", "ducklake"})


@dataclass(frozen=True)
class Profile:
    """The profile and target that apply. `output` is the target's block as written, Jinja unrendered."""

    name: str
    target: str
    adapter: str
    output: Mapping[str, object]
    where: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A database that the profile attaches: its path as written and rendered, alias, type (`duckdb` where unsaid)."""

    written: str
    path: str
    alias: str | None
    type: str


class _Missing(Exception):
    """Something that is asked for, without value and default: what it is, and how it is set."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def render(text: object, environment: Mapping[str, str], variables: Mapping[str, object], where: str) -> str:
    """Renders one value of profiles.yml or dbt_project.yml as dbt does.

    Raises:
        UsageError: an environment variable or a variable is missing, or the Jinja does not render.
    """

    def env_var(name: str, default: str | None = None) -> str:
        value = environment.get(name, default)
        if value is None:
            remedy = f"Set {name}, or give it a default: `{{{{ env_var('{name}', '...') }}}}`."
            raise _Missing(f"the environment variable {name}", remedy)
        return value

    def var(name: str, default: object = _MISSING) -> object:
        value = variables.get(name, default)
        if value is _MISSING:
            raise _Missing(f"the variable {name}", f"Set it by `--vars '{{{name}: ...}}'`, or give it a default.")
        return value

    engine = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 (YAML, not HTML)
    for name in ("as_bool", "as_number", "as_text", "as_native"):
        engine.filters[name] = lambda value: value
    try:
        return engine.from_string(str(text)).render(
            env_var=env_var, var=var, fromjson=json.loads, tojson=json.dumps, fromyaml=yaml.safe_load
        )
    except _Missing as missing:
        raise UsageError(f"{missing.what} is not set", where=where, remedy=missing.remedy) from None
    except (jinja2.TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise UsageError(f"{text!r} does not render: {error}", where=where, remedy="Mend the Jinja there.") from None


def load(text: str, where: str) -> Mapping[str, object]:
    """Reads a YAML file that must hold a mapping.

    Raises:
        UsageError: not YAML, or not a mapping; names the line.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}, line {mark.line + 1}" if mark else where
        raise UsageError("this file is not valid YAML", where=place, remedy="Mend the syntax there.") from None
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise UsageError("this file must hold a mapping (`key: value`)", where=where, remedy="Mend it there.")
    return content


def choose(
    profiles: Mapping[str, object],
    where: str,
    *,
    profile: str | None,
    target: str | None,
    environment: Mapping[str, str],
    variables: Mapping[str, object],
) -> Profile:
    """Finds the profile and target that apply.

    Args:
        profiles: the content of profiles.yml; `where` is its name for messages.
        profile: by `--profile` or dbt_project.yml; None takes the only one there is.
        target: by `--target`; None takes the profile's own default.

    Raises:
        UsageError: the profile or target does not exist, or is not described as dbt wants it.
    """
    names = [str(name) for name in profiles if name != "config"]
    if profile is None and len(names) == 1:
        profile = names[0]
    if profile is None or profile not in names:
        listed = ", ".join(names) or "none"
        wanted = f"the profile {profile!r} is not there" if profile else "no profile is chosen"
        raise UsageError(
            f"{wanted}; there are: {listed}",
            where=where,
            remedy="Name one with `--profile`, or set `profile:` in dbt_project.yml.",
        )
    block = profiles[profile]
    outputs = block.get("outputs") if isinstance(block, Mapping) else None
    if not isinstance(block, Mapping) or not isinstance(outputs, Mapping) or not outputs:
        raise UsageError(
            f"the profile {profile!r} has no `outputs:`", where=where, remedy="Describe at least one target there."
        )
    chosen = target or render(block.get("target", "default"), environment, variables, f"{where}, {profile}.target")
    output = outputs.get(chosen)
    if not isinstance(output, Mapping):
        raise UsageError(
            f"the profile {profile!r} has no target {chosen!r}; there are: {', '.join(map(str, outputs))}",
            where=where,
            remedy="Name one with `--target`.",
        )
    place = f"{where}, {profile}.outputs.{chosen}"
    if "type" not in output:
        raise UsageError("the target has no `type:`", where=place, remedy="Say which adapter it uses: `type: duckdb`.")
    adapter = render(output["type"], environment, variables, f"{place}.type")
    return Profile(profile, chosen, adapter, {str(key): value for key, value in output.items()}, place)


def database_path(profile: Profile, environment: Mapping[str, str], variables: Mapping[str, object]) -> str:
    """The path of the user's DuckDB file as the profile gives it (relative to the project), or `:memory:`.

    Raises:
        UsageError: the database is not a file (MotherDuck, DuckLake, a server): proofbot cannot make a copy of it.
    """
    where = f"{profile.where}.path"
    remedy = "proofbot builds its twins in DuckDB files: name a target with a file path by `--target`."
    path = render(profile.output.get("path") or MEMORY, environment, variables, where) or MEMORY
    if "://" in path or urlparse(path).scheme.lower() in _REMOTE or profile.output.get("is_ducklake"):
        raise UsageError(f"the database {path.split('?')[0]!r} is not a local DuckDB file", where=where, remedy=remedy)
    if profile.output.get("remote"):
        # dbt-duckdb would build there, whatever the path says.
        raise UsageError("the database is reached through a server", where=f"{profile.where}.remote", remedy=remedy)
    return path


def file_name(path: str) -> str:
    """The name a twin's file must have, so that the catalog inside is named as in the user's database."""
    return "memory.duckdb" if path == MEMORY else PurePosixPath(path.replace("\\", "/")).name


def rendered(profile: Profile, environment: Mapping[str, str], variables: Mapping[str, object]) -> Mapping[str, object]:
    """The target's block with every text in it rendered: it holds secrets then, which go into no message and no file.

    Texts stay texts: that a filter makes a number of one is left to who reads it.

    Raises:
        UsageError: see `render`.
    """

    def fill(value: object, where: str) -> object:
        if isinstance(value, str):
            return render(value, environment, variables, where)
        if isinstance(value, Mapping):
            return {str(key): fill(inner, f"{where}.{key}") for key, inner in value.items()}
        if isinstance(value, list):
            return [fill(inner, where) for inner in value]
        return value

    return {key: fill(value, f"{profile.where}.{key}") for key, value in profile.output.items()}


def replaced(profile: Profile, values: Mapping[str, object]) -> str:
    """The text of a profiles.yml with the one profile and target, in which these keys of the target have other values.

    Everything else stays the Jinja that it is.
    """
    document = {profile.name: {"target": profile.target, "outputs": {profile.target: {**profile.output, **values}}}}
    return yaml.safe_dump(document, sort_keys=True, allow_unicode=True)


def catalogs(file: str, profile: Profile) -> frozenset[str]:
    """The names under which dbt-duckdb may know the database of this file, in lower case.

    dbt-duckdb takes the first part of the name before a dot since 1.11, and the name without its suffix before. A
    `database:` that names something attached is none of them: that is the user's.
    """
    names = {file.lstrip(".").split(".")[0], file.rsplit(".", 1)[0]}
    listed = profile.output.get("attach")
    aliases = {entry.get("alias") for entry in listed if isinstance(entry, Mapping)} if isinstance(listed, list) else {}
    declared = profile.output.get("database")
    if declared and declared not in aliases:
        names.add(str(declared))
    return frozenset(name.lower() for name in names)


def attachments(
    profile: Profile, environment: Mapping[str, str], variables: Mapping[str, object]
) -> tuple[Attachment, ...]:
    """The further databases that the profile attaches.

    Raises:
        UsageError: the list is not as dbt-duckdb wants it.
    """
    listed = profile.output.get("attach") or []
    where = f"{profile.where}.attach"
    if not isinstance(listed, list) or not all(isinstance(entry, Mapping) and "path" in entry for entry in listed):
        raise UsageError("`attach:` must be a list of entries with a `path:`", where=where, remedy="Mend it there.")
    return tuple(
        Attachment(
            written=str(entry["path"]),
            path=render(entry["path"], environment, variables, where),
            alias=str(entry["alias"]) if entry.get("alias") else None,
            type=str(entry.get("type") or "duckdb"),
        )
        for entry in listed
    )


def external_root(profile: Profile, environment: Mapping[str, str], variables: Mapping[str, object]) -> str:
    """The folder that external models without a location are written to, as the profile gives it."""
    return render(profile.output.get("external_root") or ".", environment, variables, f"{profile.where}.external_root")


def threads(profile: Profile, environment: Mapping[str, str], variables: Mapping[str, object]) -> int:
    """How many things may go on at once: dbt's `threads`, 1 where the profile does not say."""
    written = render(profile.output.get("threads", 1), environment, variables, profile.where)
    return int(written) if written.strip().isdecimal() and int(written) else 1


def extensions(profile: Profile) -> tuple[str, ...]:
    """The names of the DuckDB extensions that the profile loads."""
    listed = profile.output.get("extensions") or []
    entries = listed if isinstance(listed, list) else []
    return tuple(str(entry.get("name") if isinstance(entry, Mapping) else entry) for entry in entries)


def twin(profile: Profile, path: str, attached: Mapping[str, str]) -> str:
    """The text of a twin's profiles.yml.

    Args:
        profile: the user's.
        path: the twin's database file, relative to the project folder, so that it is the same text in both twins.
        attached: for attached files with a relative path, from that path as written to the absolute one.

    Returns:
        YAML with the one profile and target. Whatever is attached is attached read-only. DuckDB computes each statement
        in one thread unless the profile sets another number: sums of floating-point numbers depend on the order in
        which threads add up, and would differ between two builds of the same code. Models still build side by side.
    """
    settings = profile.output.get("settings")
    values: dict[str, object] = {
        "path": path,
        "settings": {"threads": 1, **(settings if isinstance(settings, Mapping) else {})},
    }
    entries = profile.output.get("attach")
    if isinstance(entries, list):
        values["attach"] = [_read_only(entry, attached) for entry in entries]
    return replaced(profile, values)


def _read_only(entry: Mapping[str, object], attached: Mapping[str, str]) -> dict[str, object]:
    written = str(entry["path"])
    kept = {**entry, "path": attached.get(written, written), "read_only": True}
    options = entry.get("options")
    if isinstance(options, Mapping):  # dbt-duckdb refuses what is said twice
        kept["options"] = {key: value for key, value in options.items() if str(key).lower() not in _ACCESS}
    return kept
