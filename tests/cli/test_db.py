"""`watchword db ...`."""

from watchword.database.upgrade import head


def test_upgrade_says_what_it_did_and_twice_is_fine(run, tmp_path):
    first, second = run("db", "upgrade"), run("db", "upgrade")
    assert first.exit_code == second.exit_code == 0
    assert f"applied {head()}" in first.output
    assert str(tmp_path / "instance" / "watchword.sqlite3") in first.output
    assert "Nothing to do" in second.output


def test_current_makes_no_file(run, tmp_path):
    result = run("db", "current")
    assert result.exit_code == 0
    assert "Revision none" in result.output
    assert list(tmp_path.iterdir()) == []
    run("db", "upgrade")
    assert f"Revision {head()}, which is this version's" in run("db", "current").output


def test_the_folder_can_be_named(run, tmp_path):
    assert run("--instance", str(tmp_path / "data"), "db", "upgrade").exit_code == 0
    assert (tmp_path / "data" / "watchword.sqlite3").exists()


def test_a_wrong_address_is_a_problem_with_its_remedy(run):
    result = run("db", "upgrade", env={"WATCHWORD_DATABASE_URL": "oracle://secret@host/x"})
    assert result.exit_code == 1
    assert "postgresql+psycopg://" in result.output
    assert "secret" not in result.output
