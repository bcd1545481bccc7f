"""The same share under two names."""

from __future__ import annotations

import pytest

from stackroom.cluster.pathmap import BadPathMap, PathMap


def test_a_folder_and_what_is_below_it_is_renamed_and_named_back() -> None:
    paths = PathMap.parse(("/Volumes/studio=/mnt/studio",))
    for here, there in (("/Volumes/studio", "/mnt/studio"), ("/Volumes/studio/a/b.jpg", "/mnt/studio/a/b.jpg")):
        assert paths.there(here) == there
        assert paths.back(there) == here


def test_a_name_that_only_begins_alike_is_left_alone() -> None:
    assert PathMap.parse(("/vol=/mnt",)).there("/volume/a.jpg") == "/volume/a.jpg"


def test_the_innermost_folder_wins() -> None:
    paths = PathMap.parse(("/vol=/mnt", "/vol/fast=/ssd"))
    assert paths.there("/vol/fast/a.jpg") == "/ssd/a.jpg"
    assert paths.there("/vol/a.jpg") == "/mnt/a.jpg"


def test_windows_and_others_understand_each_other() -> None:
    paths = PathMap.parse((r"S:\photos=/mnt/photos",))
    assert paths.there(r"S:\photos\may\a.jpg") == "/mnt/photos/may/a.jpg"
    assert paths.back("/mnt/photos/may/a.jpg") == r"S:\photos\may\a.jpg"


def test_a_backslash_in_a_name_survives_where_no_machine_is_windows() -> None:
    assert PathMap.parse(("/vol=/mnt",)).there("/vol/a\\b.jpg") == "/mnt/a\\b.jpg"


def test_an_outcome_is_named_back_in_its_files_and_in_its_message() -> None:
    paths = PathMap.parse(("/vol=/mnt",))
    report = {"master": {"path": "/mnt/m.tif", "size": 1}, "exports": [{"path": "/mnt/e.jpg"}], "key": "k"}
    named = paths.outcome_back({"report": report})["report"]
    assert (named["master"]["path"], named["exports"][0]["path"], named["key"]) == ("/vol/m.tif", "/vol/e.jpg", "k")
    failed = paths.outcome_back({"failure": {"message": "/mnt/a.jpg: damaged", "kind": "permanent"}})["failure"]
    assert failed["message"] == "/vol/a.jpg: damaged"


def test_all_files_of_an_order_are_renamed_the_watermarks_too() -> None:
    recipe = {"name": "web", "watermark": {"image": "/vol/logo.png", "font": "", "text": ""}}
    order = {
        "master": "/vol/m.tif",
        "frames": [{"path": "/vol/a.jpg", "source": "/card/a.jpg"}],
        "exports": [{"path": "/vol/e.jpg", "recipe": recipe}, {"path": "/vol/f.jpg", "recipe": {"watermark": None}}],
    }
    there = PathMap.parse(("/vol=/mnt",)).order_there(order)
    assert there["master"] == "/mnt/m.tif"
    assert there["frames"] == [{"path": "/mnt/a.jpg", "source": "/card/a.jpg"}]
    assert [export["path"] for export in there["exports"]] == ["/mnt/e.jpg", "/mnt/f.jpg"]
    assert there["exports"][0]["recipe"]["watermark"] == {"image": "/mnt/logo.png", "font": "", "text": ""}
    assert there["exports"][1]["recipe"] == {"watermark": None}


@pytest.mark.parametrize("text", ["", "/vol", "=/mnt", "/vol="])
def test_words_that_are_no_pair_are_refused(text: str) -> None:
    with pytest.raises(BadPathMap, match="THERE=HERE"):
        PathMap.parse((text,))
