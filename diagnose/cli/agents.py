"""`--agent`: whether OpenClaw's config has it."""

from diagnose.cli.problems import UsageProblem
from diagnose.machine.openclaw.setting import Setting


def check_agent(setting: Setting, agent: str | None) -> None:
    """Raises UsageProblem for an agent that the config does not have; None is always right."""
    known = sorted({configured.id for configured in setting.config.agents} | {setting.config.default_agent} - {""})
    if agent is not None and agent not in known:
        raise UsageProblem(f"--agent {agent}: the config has no such agent; there is {', '.join(known)}")
