"""``wdh completion``: what a shell needs to complete the words of wdh and wdh-run."""

from __future__ import annotations

from typing import Final

import click

from wdh.command.printing import Reporting, print_lines

_PROGRAMS: Final = ("wdh", "wdh-run")
_POWERSHELL: Final = """
Register-ArgumentCompleter -Native -CommandName {program} -ScriptBlock {{
    param($wordToComplete, $commandAst, $cursorPosition)
    $typed = $commandAst.ToString()
    $env:COMP_WORDS = $typed.Substring(0, [Math]::Min($cursorPosition, $typed.Length))
    $env:COMP_CWORD = $wordToComplete
    $env:{variable} = 'fish_complete'
    try {{
        {program} | ForEach-Object {{
            $kind, $rest = $_ -split ',', 2
            if ($kind -eq 'plain') {{
                $value, $help = $rest -split "`t", 2
                if (-not $help) {{ $help = $value }}
                [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
            }}
        }}
    }} finally {{
        Remove-Item Env:COMP_WORDS, Env:COMP_CWORD, Env:{variable} -ErrorAction SilentlyContinue
    }}
}}
"""
"""PowerShell asks as fish does, whose answers have the help behind each word; files it completes by itself."""


@click.command(cls=Reporting)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
def completion(shell: str) -> None:
    """Print the script by which SHELL completes the words of wdh and wdh-run.

    In bash: eval "$(wdh completion bash)". In PowerShell: wdh completion powershell | Out-String | Invoke-Expression.
    """
    from click.shell_completion import get_completion_class

    for program in _PROGRAMS:
        variable = f"_{program}_COMPLETE".replace("-", "_").upper()
        if shell == "powershell":
            print_lines(_POWERSHELL.format(program=program, variable=variable).strip().splitlines())
            continue
        made = get_completion_class(shell)
        if made is not None:
            print_lines(made(click.Command(program), {}, program, variable).source().splitlines())
