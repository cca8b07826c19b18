"""The chapter of the evidence: what the verdict of a run rests on is put together, without a secret in it."""

from __future__ import annotations

import importlib.metadata
import os
from dataclasses import replace

from bot.core import evidence
from bot.domain import Evidence, Project, Side
from bot.run import configuration, declaring
from bot.run.stage import Setting, Stage
from bot.world import secrets

SALT = "PROOFBOT_SALT"  # a secret with which nobody can find the value of a hash by trying


def gather(stage: Stage, setting: Setting, projects: tuple[Project, Project], state: str = "") -> Evidence:
    """What a run was made of, as far as it has come.

    Args:
        projects: base's and head's, as they were parsed.
        state: the digest of production's manifest, where production is the origin.
    """
    text = configuration.text(stage, setting)
    statements = [replace(one, sql=_without_secrets(one.sql)) for one in stage.recorder.statements]
    return Evidence(
        configuration=evidence.of_text(text) if text else "",
        manifests={
            **{side.value: evidence.of_project(one) for side, one in zip(Side, projects, strict=True)},
            **({"production": state} if state else {}),
        },
        versions={
            "proofbot": importlib.metadata.version("proofbot"),
            "dbt": setting.toolchain.version,
            f"dbt-{setting.profile.adapter}": setting.adapter_version,
            **setting.grounds.versions,
        },
        environments=stage.recorder.environments,
        statements=evidence.shortened(statements),
        declarations=declaring.texts(stage.request),
    )


def _without_secrets(sql: str) -> str:
    salt = os.environ.get(SALT)
    return secrets.mask_values(sql.replace(salt.replace("'", "''"), "<salt>") if salt else sql)
