"""The emulator's log, as it was seen."""

import pytest

from workbench.emulator.platform_log import PlatformReport, read_report, read_runtime_pid

COLD = """\
21 Nov 2026 08:43:56,423 [INFO] (rapid) exec 'setpriv' (cwd=/tmp, handler=probe.handler)
START RequestId: 280f6fe8-abd6-45de-a4e6-3254d62c67c6 Version: $LATEST
21 Nov 2026 08:43:56,429 [INFO] (rapid) INIT START(type: on-demand, phase: init)
runtime 17315
21 Nov 2026 08:43:56,628 [INFO] (rapid) INIT RTDONE(status: success)
21 Nov 2026 08:43:56,628 [INFO] (rapid) INIT REPORT(durationMs: 199.136000)
21 Nov 2026 08:43:56,629 [INFO] (rapid) INVOKE RTDONE(status: success, produced bytes: 0, duration: 0.889000ms)
END RequestId: 280f6fe8-abd6-45de-a4e6-3254d62c67c6
REPORT RequestId: 280f6fe8-abd6-45de-a4e6-3254d62c67c6\tInit Duration: 0.02 ms\tDuration: 200.76 ms\t
"""
WARM = """\
START RequestId: 2f079cca Version: $LATEST
21 Nov 2026 08:39:18,834 [INFO] (rapid) INVOKE RTDONE(status: success, produced bytes: 0, duration: 0.777000ms)
END RequestId: 2f079cca
"""
FAILED_INIT = """\
START RequestId: c8003492 Version: $LATEST
runtime 7
21 Nov 2026 08:41:04,141 [WARNING] (rapid) Process runtime-1 exited: signal: killed
21 Nov 2026 08:41:04,141 [INFO] (rapid) INIT REPORT(durationMs: 49.068000)
21 Nov 2026 08:41:04,141 [INFO] (rapid) INIT START(type: on-demand, phase: invoke)
21 Nov 2026 08:41:04,141 [INFO] (rapid) INIT REPORT(durationMs: 0.024000)
runtime 8
"""


@pytest.mark.parametrize(
    ("log", "report", "pid"),
    [
        (COLD, PlatformReport("280f6fe8-abd6-45de-a4e6-3254d62c67c6", 199.136, 0.889, None), 17315),
        (WARM, PlatformReport("2f079cca", None, 0.777, None), None),
        (FAILED_INIT, PlatformReport("c8003492", 49.068, 0.0, "signal: killed"), 8),
        ("", PlatformReport("", None, 0.0, None), None),
    ],
)
def test_a_log_and_its_report(log: str, report: PlatformReport, pid: int | None) -> None:
    assert read_report(log) == report
    assert read_runtime_pid(log) == pid
