SELECT count(*) AS quarantined_rows
FROM quarantine
