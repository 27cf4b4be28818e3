"""The audit log can only grow: the database itself refuses UPDATE, DELETE and (outside test databases) TRUNCATE."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
-- test databases are emptied by TRUNCATE between tests
CREATE TRIGGER audit_is_not_truncated BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%') EXECUTE FUNCTION refuse_audit_change();
"""
UNDO = """
DROP TRIGGER audit_is_not_truncated ON accounts_auditentry;
DROP TRIGGER audit_is_append_only ON accounts_auditentry;
DROP FUNCTION refuse_audit_change();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_consents_tokens_audit")]

    operations = [migrations.RunSQL(APPEND_ONLY, UNDO)]
