"""The part of the contract that tells of scraped targets. See schemas.py."""

from typing import Literal

from pydantic import Field

from metricbox.web.models import AnswerModel


class ScrapeTarget(AnswerModel):
    """One target of a `[[scrape]]` table, or of a file that one names."""

    job: str
    instance: str
    url: str = Field(description="What is asked, without credentials.")
    health: Literal["unknown", "up", "down"] = Field(description="Unknown before the first scrape.")
    last_scrape_at: str | None = Field(None, description="ISO 8601, UTC; null before the first scrape.")
    last_duration_ms: int | None = Field(None, description="Of the last scrape; null before the first.")
    samples: int | None = Field(None, description="In the last answer; null before the first scrape.")
    error: str | None = Field(
        None,
        description="Why it is down, or what of its answer was not taken: the end of a sentence about it.",
    )
    interval: str = Field(description="A duration.")
    labels: dict[str, str] = Field(description="Of every series of the target.")


class ScrapeProblem(AnswerModel):
    """Why targets of a job were not found: a file that cannot be read, an address that is none."""

    job: str
    message: str
