"""What the annuity domains share: how codes and companies are spelt and found, which references follow, the tables.

A library of wdh_annuity_performance and wdh_annuity_income; no domain itself, so it has no entry point.
"""
