import pytest

from loupe import BINARY, Loupe


def pytest_configure(config):
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing; run: make build", returncode=2)


@pytest.fixture(scope="module")
def loupe(tmp_path_factory):
    """One server for a whole file of tests that do not disturb each other."""
    server = Loupe(tmp_path_factory.mktemp("loupe")).start()
    yield server
    if server.process.poll() is None:
        assert server.stop() == 0, server.log()


@pytest.fixture
def start(tmp_path):
    """Starts servers of a test's own, with settings as keyword arguments, and stops those that are left."""
    servers = []

    def launch(wait=True, **settings):
        server = Loupe(tmp_path / f"loupe{len(servers)}", **settings)
        servers.append(server)
        return server.start(wait)

    yield launch
    for server in servers:
        if server.process.poll() is None:
            server.kill()
