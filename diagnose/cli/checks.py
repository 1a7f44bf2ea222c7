"""`routecheck checks`: what is checked, in which order, at what cost."""

import click

from diagnose.cli.options import list_format


@click.command(
    epilog="""\b
Examples:
  routecheck checks --format json
  routecheck explain scopes.images
"""
)
@list_format
def checks(format_name: str) -> None:
    """List the checks in running order, with what each costs and needs."""
    from checks import all_checks

    rows = all_checks()
    if format_name == "json":
        import json

        from diagnose.routes import ROUTES

        listed = [
            {
                "id": c.id,
                "title": c.title,
                "about": c.about,
                "cost": c.cost.value,
                "needs": list(c.needs),
                "routes": list(c.routes or ROUTES),
                "explain": f"routecheck explain {c.id}",
            }
            for c in rows
        ]
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    width = max(len(check.id) for check in rows)
    for check in rows:
        click.echo(f"{check.id:<{width}}  {check.cost.value:<8}  {check.about}")
    click.echo("\nWhat a check may find, and what to do about it:  routecheck explain CHECK")
