"""The thinking behind the pages. Plain functions over plain data: no Django, no database."""
