"""Every setting once: type, unit, default and one sentence; read from ROADSIEVE_* variables and a .env file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from app.secret_files import secrets_of_files

NetworkRole = Literal["objects", "embedding", "scene", "weather", "timeofday", "faces", "plates"]
PREFIX = "ROADSIEVE_"


class _SecretFiles(PydanticBaseSettingsSource):
    """What the files hold that are named, as NAME_FILE, in the environment or in `.env`."""

    def __init__(self, settings_cls: type[BaseSettings], *environments: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self._environment: dict[str, str | None] = {}
        for source in environments:
            assert isinstance(source, EnvSettingsSource)
            self._environment |= {name.upper(): value for name, value in source.env_vars.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return nothing: this source gives all its values at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return setting -> secret."""
        variables = {f"{PREFIX}{name.upper()}": name for name in secrets_among(self.settings_cls)}
        found = secrets_of_files(variables, self._environment)
        return {variables[variable]: secret for variable, secret in found.items()}


class Settings(BaseSettings):
    """Hold every setting of every stage; a test demands that each is documented and read.

    A secret (SecretStr) NAME can also be given as NAME_FILE: the file that holds it.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    # where things live
    home: Path = Field(Path(".roadsieve"), description="Folder of everything kept locally: broker data, state, archive, catalog, ledger.")
    cache: Path | None = Field(None, description="Folder of downloads kept between runs (broker jars, networks); default ~/.cache/roadsieve.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least severe log line that is written.")
    log_format: Literal["text", "json"] = Field("text", description="Form of log lines: sentences for people, or one JSON object a line for machines.")

    # broker
    kafka: str = Field("127.0.0.1:9092", description="Kafka bootstrap servers, host:port, separated by commas.")
    kafka_security: Literal["PLAINTEXT", "SASL_SSL"] = Field("PLAINTEXT", description="How Kafka is talked to: openly, or inside TLS with a user and a password (SCRAM-SHA-512).")
    kafka_user: str = Field("", description="User of Kafka, for SASL_SSL; `roadsieve acls` gives it its rights.")
    kafka_password: SecretStr = Field(SecretStr(""), description="Password of the user of Kafka.")
    kafka_ca: Path | None = Field(None, description="PEM file of the authorities that sign brokers' certificates; default those that this machine trusts.")
    topic_partitions: int = Field(4, ge=1, description="Partitions of each topic that `topics create` makes.")
    topic_replication: int = Field(1, ge=1, description="Replicas of each topic that `topics create` makes.")
    session_timeout_s: float = Field(20.0, gt=0, description="Seconds without a heartbeat after which a worker loses its partitions.")
    instance_id: str = Field("", description="Static group membership: a stable name for this worker, empty for none.")

    # engine
    batch_records: int = Field(1000, ge=1, description="Most records in one transaction.")
    read_ahead_bytes: int = Field(8 << 20, ge=1, description="Most bytes of records read ahead of the commit, per partition.")
    read_ahead_records: int = Field(2000, ge=1, description="Most records read ahead of the commit, per partition.")
    retry_budget_s: float = Field(120.0, gt=0, description="Seconds a failing dependency is retried before the process dies.")
    stall_s: float = Field(180.0, gt=0, description="Seconds without progress on a partition with lag after which the process dies.")

    web_port: int = Field(0, ge=0, le=65535, description="Port on which a worker shows /metrics/ and /progress/; 0 for none.")
    web_bind: str = Field("127.0.0.1", description="Address on which a worker listens for those who read its pages.")

    watch_port: int = Field(6067, ge=1, le=65535, description="Port on which `roadsieve watch` shows /metrics, at the address web_bind.")
    watch_archives: int = Field(50, ge=1, description="Most archives that metrics tell apart; what goes beyond is counted and left out.")

    # replay
    replay_in_flight_bytes: int = Field(32 << 20, ge=1, description="Most bytes of segments on their way to the broker at once.")
    replay_cameras_at_once: int = Field(64, ge=1, description="Most cameras that `replay` plays at the same time.")

    # stages
    stage_linger_s: float = Field(0.25, ge=0, description="Seconds that a stage gathers records for one transaction while no backlog waits: fewer transactions, later records.")
    upload_horizon: int = Field(20_000, ge=1, description="Segments of each camera the porter remembers: one sent again within them is not counted twice.")
    network: str = Field("yolox_nano_416", description="Network of models/manifest.toml that finds the objects.")
    network_embedding: str = Field("", description="Network that says how alike pictures are; empty for none: perceptual hashes do.")
    network_scene: str = Field("", description="Network that names the scene; empty for none: it stays unknown.")
    network_weather: str = Field("", description="Network that names the weather; empty for none: it stays unknown.")
    network_timeofday: str = Field("", description="Network that names the time of day; empty for none: sun and brightness do.")
    network_faces: str = Field("", description="Network that finds faces, told as objects named face; empty for none.")
    network_plates: str = Field("", description="Network that finds number plates, told as objects named plate; empty for none.")
    network_manifest: Path | None = Field(None, description="Manifest (TOML) with networks of your own, beside those that ship; of two of one name yours counts.")
    network_size: str = Field("", pattern=r"^(\d+x\d+)?$", description="Width x height in pixels at which the network of the objects sees a frame; empty for the manifest's, as the others have it.")
    model_mirror: str = Field("", description="Folder or URL that has the files of models/manifest.toml; empty for their own addresses.")
    sampling_mode: Literal["fps", "keyframes"] = Field("fps", description="Which frames are looked at: some per second of video, or keyframes only.")
    sampling_fps: float = Field(2.0, gt=0, description="Frames looked at per second of video in the mode fps.")
    detector_at_once: int = Field(8, ge=1, description="Segments that are decoded and detected at once in one process; raise it where more than eight cores are.")
    inference_providers: str = Field("cpu", description="Hardware that networks may run on, best first: cuda,cpu takes the CPU where no GPU is.")
    inference_precision: Literal["fp32", "fp16"] = Field("fp32", description="Arithmetic of the networks; fp16 is refused unless it tells the same of the sample pictures as fp32.")
    inference_samples: Path | None = Field(None, description="Folder of pictures like yours, on which fp16 is compared with fp32 at start.")
    inference_threads: int = Field(1, ge=1, description="Threads of one inference session.")
    inference_instances: int = Field(0, ge=0, description="Batches that the network judges at once, each in its own thread; 0 means one for each core, at most 4, on a CPU, and 3 on a GPU.")
    window_linger_s: float = Field(30.0, gt=0, description="Seconds after which a window with pending candidates is ended by a marker.")
    window_frames: int = Field(500, ge=1, description="Frames of a partition after which its window is decided.")
    window_bytes: int = Field(16 << 20, ge=1, description="Bytes of memory that the candidates of an open window may hold before it is decided.")
    policy_file: Path | None = Field(None, description="Policy (TOML) of archives that have none published, and of the extractor; default the one that ships.")
    still_quality: int = Field(90, ge=1, le=100, description="JPEG quality of stills.")

    # stores
    objects_dir: Path | None = Field(None, description="Folder of the object store; default HOME/objects.")
    objects_at_once: int = Field(8, ge=1, description="Calls to the object store that one process has under way at once.")
    objects_recent_bytes: int = Field(64 << 20, ge=0, description="Bytes of objects that a process of several stages remembers after one put them, so that the others need not ask.")
    s3_bucket: str = Field("", description="Bucket of the object store; empty for none: objects lie in a folder.")
    s3_endpoint: str = Field("", description="URL of the S3 server; empty for AWS itself.")
    s3_region: str = Field("", description="Region of the bucket; empty for that of the AWS configuration, else us-east-1.")
    s3_access_key: str = Field("", description="Access key to the bucket; empty for the usual AWS variables, profiles and roles.")
    s3_secret_key: SecretStr = Field(SecretStr(""), description="Secret key that belongs to the access key.")
    s3_ca_file: Path | None = Field(None, description="Certificates (PEM) that the S3 server's is checked with; default those that Python trusts.")
    s3_connect_timeout_s: float = Field(3.0, gt=0, description="Seconds to wait for a connection to the S3 server.")
    s3_answer_timeout_s: float = Field(10.0, gt=0, description="Seconds to wait for each answer of the S3 server.")
    store_wait_s: float = Field(20.0, gt=0, description="Seconds to wait for another process that holds the catalog or the ledger.")
    temporary_ttl_s: float = Field(86_400.0, gt=0, description="Age in seconds after which the sweep removes a temporary object.")
    catalog_path: Path | None = Field(None, description="File of the SQLite catalog; default HOME/catalog.sqlite.")
    cql_hosts: str = Field("", description="Addresses of Cassandra or ScyllaDB, host:port separated by commas, one port; empty for the SQLite catalog.")
    cql_keyspace: str = Field("roadsieve", pattern=r"^[a-z][a-z0-9_]{0,47}$", description="Keyspace of the catalog.")
    cql_replication: int = Field(1, ge=1, description="Replicas per data centre of a keyspace that `catalog migrate` makes.")
    cql_consistency: Literal["ONE", "LOCAL_ONE", "QUORUM", "LOCAL_QUORUM", "EACH_QUORUM", "ALL"] = Field("LOCAL_QUORUM", description="Replicas that confirm each read and write of the catalog.")
    cql_user: str = Field("", description="User of the catalog; empty where it asks for none.")
    cql_password: SecretStr = Field(SecretStr(""), description="Password of that user.")
    cql_tls_ca: Path | None = Field(None, description="Certificates (PEM) that the catalog's must be signed by; none for connections without TLS.")
    cql_at_once: int = Field(64, ge=1, description="Statements to the catalog that one process has under way at once.")
    registry_url: str = Field("", description="Schema registry with Confluent's API, with its path (Apicurio: /apis/ccompat/v7); empty for the ledger file.")
    registry_user: str = Field("", description="User of the schema registry; empty where it asks for none.")
    registry_password: SecretStr = Field(SecretStr(""), description="Password of that user.")
    registry_tls_ca: Path | None = Field(None, description="Certificates (PEM) that an https:// registry's must be signed by; none for the system's.")
    registry_path: Path | None = Field(None, description="Ledger file of schema ids; default HOME/schemas.json.")

    # the plate lake
    lake_catalog: SecretStr = Field(SecretStr(""), description="Address of the Iceberg catalog of the plate lake, as SQLAlchemy writes it: postgresql://user:password@host/database; default an SQLite file in HOME/lake.")
    lake_warehouse: str = Field("", description="Where the files of the plate lake lie, as in s3://bucket/prefix; default HOME/lake/warehouse.")
    lake_linger_s: float = Field(20.0, gt=0, description="Seconds after which waiting plate results are written by a marker; those of a plate that is looked for do not wait.")
    lake_track_linger_s: float = Field(2.0, gt=0, description="Seconds after which readings that the scribe told are followed; those of a plate that is looked for do not wait.")
    lake_file_bytes: int = Field(32 << 20, ge=1, description="Bytes of plate results of a partition that are written together.")
    lake_memory_shelves: int = Field(200, ge=1, description="Thousands of results of each source the scribe remembers: one sent again within them is not loaded twice.")
    lake_track_gap_s: float = Field(30.0, gt=0, description="Seconds without a reading after which a vehicle has left its source: one sighting ends.")
    lake_target_bytes: int = Field(32 << 20, ge=1, description="Bytes up to which `lake maintain` makes one file of a day's small ones.")
    lake_snapshot_age_s: float = Field(21_600.0, gt=0, description="Age in seconds after which `lake maintain` lets old snapshots of the plate lake go; no query may last as long.")
    lake_orphan_age_s: float = Field(86_400.0, ge=3600, description="Age in seconds after which `lake maintain` removes files that no snapshot names; those that lake.files may still name stay.")
    lake_maintain_every_s: float = Field(3600.0, gt=0, description="Seconds between two rounds of `lake maintain --repeat`.")
    lake_hot_days: int = Field(30, ge=1, description="Days that rows stay in the tables of the plate lake; `lake maintain` then packs them into cold files.")
    lake_cold_days: int = Field(365, ge=0, description="Days that cold files are kept after that, then `lake maintain` erases them.")
    lake_cold_class: Literal["GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "STANDARD"] = Field("GLACIER", description="Storage class of cold files in S3; in a folder there is none.")
    lake_fresh_s: float = Field(86_400.0, gt=0, description="Age in seconds of the newest plate beyond which `lake check` warns.")
    lake_check_every_s: float = Field(86_400.0, gt=0, description="Seconds between two rounds of `lake check --repeat`.")
    lake_check_port: int = Field(6069, ge=1, le=65535, description="Port on which `lake check --repeat` shows /metrics, at the address web_bind.")
    lake_mail_from: str = Field("roadsieve@localhost", description="Address from which `lake check` writes.")
    lake_mail_to: str = Field("", description="Addresses, separated by commas, that get each report of `lake check`; empty for none.")
    smtp_server: str = Field("", description="Server that takes e-mail, host or host:port; empty for none.")
    smtp_security: Literal["STARTTLS", "TLS"] = Field("STARTTLS", description="How TLS begins: asked for on port 587, or from the first byte on port 465.")
    smtp_user: str = Field("", description="User of the server that takes e-mail; empty where it asks for none.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password of that user.")
    smtp_ca: Path | None = Field(None, description="Certificates (PEM) that the mail server's must be signed by; none for the system's.")

    # the query API of the plate lake
    api_bind: str = Field("127.0.0.1", description="Address on which `roadsieve api` listens; beyond this machine put something before it that speaks TLS.")
    api_port: int = Field(6068, ge=1, le=65535, description="Port on which `roadsieve api` listens.")
    api_at_once: int = Field(8, ge=1, description="Questions to the lake that are answered at the same time.")
    api_waiting: int = Field(200, ge=0, description="Questions that may wait for their turn; one more is refused (429).")
    api_wait_s: float = Field(10.0, gt=0, description="Seconds a question waits for its turn before it is refused (429).")
    api_timeout_s: float = Field(30.0, gt=0, description="Seconds in which a question is answered, or given up (504).")
    api_rows: int = Field(10_000, ge=1, description="Most rows in one answer; the next page has the rest.")
    api_answer_bytes: int = Field(16 << 20, ge=1, description="Most bytes of one answer; the next page has the rest.")
    api_read_bytes: int = Field(8 << 30, ge=1, description="Most bytes of files that one question may have read (413).")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where values come from, the first one that has it: arguments, files of secrets, variables, `.env`."""
        files = _SecretFiles(settings_cls, dotenv_settings, env_settings)
        return init_settings, files, env_settings, dotenv_settings

    def networks_by_role(self) -> dict[NetworkRole, str]:
        """Return the network of each role, "" where there is none."""
        return {
            "objects": self.network,
            "embedding": self.network_embedding,
            "scene": self.network_scene,
            "weather": self.network_weather,
            "timeofday": self.network_timeofday,
            "faces": self.network_faces,
            "plates": self.network_plates,
        }

    def path_of_cache(self) -> Path:
        """Return the folder of downloads that every checkout of this user shares."""
        return self.cache or Path.home() / ".cache" / "roadsieve"

    def path_of_objects(self) -> Path:
        """Return the folder of the object store."""
        return self.objects_dir or self.home / "objects"

    def path_of_catalog(self) -> Path:
        """Return the file of the SQLite catalog."""
        return self.catalog_path or self.home / "catalog.sqlite"

    def path_of_registry(self) -> Path:
        """Return the ledger file of schema ids."""
        return self.registry_path or self.home / "schemas.json"

    def path_of_lake(self) -> Path:
        """Return the folder of a plate lake that has no catalog and warehouse elsewhere."""
        return self.home / "lake"

    def path_of_state(self) -> Path:
        """Return the folder of the RocksDB state caches."""
        return self.home / "state"


def secrets_among(settings_cls: type[BaseSettings]) -> list[str]:
    """Return the names of the settings that are secrets."""
    fields = settings_cls.model_fields.items()
    return [name for name, field in fields if SecretStr in (field.annotation, *get_args(field.annotation))]


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
