"""What the code under test expects of a described case, in the words of the observation, and where the two differ."""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from described import SECRETS, Case
from observing import Observed, observe
from prepared import Machine, Prepared
from service import NOTED, Seen, Service

from diagnose.machine.host import Host
from diagnose.machine.openclaw.predict import predict
from diagnose.machine.openclaw.prediction import Asked, Candidate, Prediction
from diagnose.machine.openclaw.setting import read

LABELS: Mapping[str | None, str] = {
    hashlib.sha256(secret.encode()).hexdigest()[:8]: label for label, secret in SECRETS.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One case: what was expected, what happened, and the differences in words (none: they agree)."""

    case: Case
    expected: tuple[str, ...]
    happened: tuple[str, ...]
    differences: tuple[str, ...]
    reasons: str
    observed: Observed

    def __str__(self) -> str:
        lines = [self.case.name, *(f"  {line}" for line in self.differences)]
        lines += [f"  predicted: {line}" for line in self.expected or ("nothing sent",)]
        lines += [f"  because:   {self.reasons}"] if self.reasons else []
        lines += [f"  happened:  {line}" for line in self.happened or ("nothing sent",)]
        return "\n".join([*lines, f"  it said:   exit {self.observed.exit_code}, {self.observed.error[:200]!r}"])


def host_of(prepared: Prepared, machine: Machine, port: int) -> Host:
    """The machine as the code under test sees it."""
    env = prepared.environment(machine, port)
    return Host(env=env, home=machine.home, which=lambda name: shutil.which(name, path=env["PATH"]))


def asked_of(prepared: Prepared, case: Case) -> Asked:
    """What is asked, without the options that the release does not have."""
    options = {"format": "output-format", "background": "background", "quality": "quality", "agent": "agent"}
    absent = {name for name, option in options.items() if option not in prepared.spelling.options}
    given = {field.name: getattr(case.asked, field.name) for field in fields(case.asked)}
    return Asked(**{name: value for name, value in given.items() if name not in absent})


def compare(prepared: Prepared, case: Case) -> Compared:
    """Predict first, then let the real program do it: it may change what the prediction is made from."""
    made: list[tuple[Prediction, int]] = []

    def look(machine: Machine, service: Service) -> None:
        setting = read(host_of(prepared, machine, service.port))
        # The service refuses to refresh a login.
        made.append((predict(setting, asked_of(prepared, case), refreshing=False), service.port))

    observed = observe(prepared, case, look)
    ((prediction, port),) = made
    tried = list(_tried(prediction, case, port))
    refreshed = _refreshed(prediction, tried)
    expected = [_expected(candidate, port) for candidate in tried for _ in range(candidate.requests)]
    happened = [_happened(seen) for seen in observed.requests]
    happened += [f"127.0.0.1:{refused} refused the connection" for refused in observed.refused]
    differences = []
    if refreshed != bool(observed.refreshes):
        differences.append(f"{observed.refreshes} refreshes, predicted: {'some' if refreshed else 'none'}")
    if expected != happened:
        differences.append("other requests than predicted")
    return Compared(
        case=case,
        expected=tuple(expected),
        happened=tuple(happened),
        differences=tuple(differences),
        reasons=_reasons(prediction),
        observed=observed,
    )


def _tried(prediction: Prediction, case: Case, port: int) -> Iterator[Candidate]:
    """The candidates from which a request leaves, up to the first one whose host answers with an image."""
    if prediction.stops is not None:
        return
    for candidate in prediction.candidates:
        if candidate.refused is None:
            yield candidate
            if not _fails(candidate, case, port):
                return


def _refreshed(prediction: Prediction, tried: list[Candidate]) -> bool:
    """Whether a login is refreshed by any candidate up to the one that answers, be it refused in the end."""
    upto = prediction.candidates.index(tried[-1]) + 1 if tried else len(prediction.candidates)
    return prediction.stops is None and any(c.refreshes_first for c in prediction.candidates[:upto])


def _fails(candidate: Candidate, case: Case, port: int) -> bool:
    name, _, at = (candidate.host or "").rpartition(":")
    unreachable = name in ("localhost", "127.0.0.1") and at != str(port)
    return unreachable or name in case.failing or any((candidate.path or "").startswith(p) for p in case.failing)


def _expected(candidate: Candidate, port: int) -> str:
    host = (candidate.host or "").removesuffix(":443")
    name, _, at = host.partition(":")
    if name in ("localhost", "127.0.0.1") and at != str(port):
        return f"127.0.0.1:{at} refused the connection"
    used = candidate.credential
    credential = "none" if used is None else LABELS.get(used.fingerprint, f"unknown ({used.source})")
    way = "past the proxy" if candidate.bypasses_proxy else "through the proxy"
    host = host.replace(f":{port}", ":PORT")
    return f"{host}{candidate.path} {credential} {candidate.model}{_shown(candidate.sent)} {way}"


def _happened(seen: Seen) -> str:
    way = "past the proxy" if seen.via == "direct" else "through the proxy"
    return f"{seen.host}{seen.path} {seen.credential} {seen.model}{_shown(seen.fields)} {way}"


def _shown(sent: Mapping[str, object]) -> str:
    return "".join(f" {name}={sent[name]}" for name in NOTED if name in sent)


def _reasons(prediction: Prediction) -> str:
    if prediction.stops is not None:
        return f"{prediction.stops}: {prediction.why}"
    return "; ".join(f"{c.provider}/{c.named} {c.refused}" for c in prediction.candidates if c.refused)
