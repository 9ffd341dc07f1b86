"""The thinking behind pages of more than one app. Plain functions over plain data: no Django."""
