"""Every state that a page may be in, to look at while building: `/gallery/` in development.

The pages are the product's own templates with made-up contents; a refusal is raised and answered as
any refusal is. Production has no such address (`maestro.settings.prod`).
"""
