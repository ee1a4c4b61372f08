"""AWS's list prices in us-east-1, without free tiers, and what a million calls cost by them."""

from dataclasses import dataclass

__all__ = ["AS_OF", "COMPUTE", "EMR_CORE", "EMR_MEMORY", "GATEWAY", "INSTANCE", "REQUESTS", "Price", "compute_usd"]

AS_OF = "November 2026"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one unit."""

    usd: float
    unit: str
    source: str


COMPUTE = {
    "x86_64": Price(0.0000166667, "GB-second, of the first 6 billion in a month", _LAMBDA),
    "arm64": Price(0.0000133334, "GB-second, of the first 7.5 billion in a month", _LAMBDA),
}
REQUESTS = Price(0.20, "million requests", _LAMBDA)
GATEWAY = Price(
    1.00,
    "million HTTP API requests of up to 512 KB, of the first 300 million in a month",
    "https://aws.amazon.com/api-gateway/pricing/",
)
INSTANCE = Price(
    0.10264, "hour of a c7a.large on demand: two cores, 4 GB", "https://aws.amazon.com/ec2/pricing/on-demand/"
)
EMR_CORE = Price(0.052624, "vCPU-hour of EMR Serverless", "https://aws.amazon.com/emr/pricing/")
EMR_MEMORY = Price(0.0057785, "GB-hour of EMR Serverless", "https://aws.amazon.com/emr/pricing/")


def compute_usd(memory_mb: int, billed_ms: int, architecture: str) -> float:
    """The compute of a million calls that are billed `billed_ms` each."""
    return 1_000_000 * memory_mb / 1024 * billed_ms / 1000 * COMPUTE[architecture].usd
