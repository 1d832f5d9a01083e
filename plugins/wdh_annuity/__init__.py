"""The parts that the annuity domains share: spelling of codes, search for companies, references, tables.

A library of wdh_annuity_performance and wdh_annuity_income; no domain itself, so it has no entry point.
"""
