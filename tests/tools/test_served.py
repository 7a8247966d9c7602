"""A test may write while the server of another thread reads."""

from copy import deepcopy

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper


@pytest.mark.skipif(connection.vendor != "sqlite", reason="locks tables of SQLite in memory")
@pytest.mark.django_db(transaction=True)
def test_who_reads_keeps_nobody_from_writing() -> None:
    reader = DatabaseWrapper(deepcopy(connection.settings_dict))
    try:
        with reader.cursor() as cursor:
            cursor.execute("SELECT * FROM django_content_type")
            cursor.fetchone()  # and more to come
            ContentType.objects.create(app_label="one", model="more")
    finally:
        reader.close()
