"""What is counted, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """Counters of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.questions = Counter("atzina_questions", "Questions answered.", ["door", "outcome"], registry=self.registry)
        self.seconds = Histogram("atzina_question_seconds", "Time to an answer.", ["door"], registry=self.registry)
        self.errors = Counter("atzina_errors", "Errors told to somebody.", ["code"], registry=self.registry)
