"""The house itself: what the binary needs, what the rooms may not hold, and what the Makefile promises."""

import pathlib
import re
import subprocess

from loupe import BINARY, ROOT, run


def test_the_binary_needs_only_glibc():
    names = {line.split()[0] for line in subprocess.check_output(["ldd", BINARY], text=True).splitlines()}
    assert {pathlib.Path(name).name.split(".")[0] for name in names} <= {"linux-vdso", "libc", "libm", "ld-linux-x86-64", "ld-linux-aarch64"}


def test_the_binary_is_small():
    assert BINARY.stat().st_size <= 30_000_000


def test_the_image_holds_all_that_the_binary_opens():
    """Run by the image's own loader with the image's own libraries, as in a container without anything else."""
    subprocess.run([ROOT / "deploy" / "image-root.sh"], check=True)
    image = ROOT / "build" / "image" / "root"
    loader = next(image.glob("lib*/**/ld-linux-*.so.*"))
    libraries = {str(path.parent) for path in image.rglob("lib*.so.*")}
    done = subprocess.run([loader, "--inhibit-cache", "--library-path", ":".join(libraries), image / "usr" / "bin" / "loupe", "version"], capture_output=True, text=True, env={})
    assert done.returncode == 0 and "loupe" in done.stdout, done.stderr
    assert len([path for path in image.rglob("*") if path.is_file()]) == 7


def test_help_lists_the_settings_in_80_to_100_columns():
    text = run("help").stdout
    assert max(map(len, text.splitlines())) <= 100
    assert len(re.findall(r"^  --[a-z-]+ ", text, re.M)) >= 15


def test_every_target_of_the_readme_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    mentioned = set(re.findall(r"\bmake ([a-z-]+)", (ROOT / "README.md").read_text()))
    assert {"run", "test"} <= mentioned <= targets


def test_paths_in_the_readmes_exist():
    for readme in (ROOT / "README.md", ROOT / "Sources" / "README.md", ROOT / "deploy" / "README.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", readme.read_text()):
            assert (readme.parent / target).exists(), f"{readme}: {target}"


def test_the_map_names_every_room():
    text = (ROOT / "Sources" / "README.md").read_text()
    for room in sorted(path.name for path in (ROOT / "Sources").iterdir() if path.is_dir()):
        assert re.search(rf"\b{room}\b", text), f"{room} is not on the map"
