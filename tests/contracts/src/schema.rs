//! The two schemas are one: the same tables, columns, keys and indexes, each in its engine's words.

use crate::{Database, Engine, Raw};
use std::collections::BTreeSet;

/// Each line says one thing about the schema, in words that both engines share.
async fn schema(raw: &mut Raw) -> BTreeSet<String> {
    let (columns, indexes, foreign_keys) = match raw {
        Raw::Sqlite(_) => (SQLITE_COLUMNS, SQLITE_INDEXES, SQLITE_FOREIGN_KEYS),
        Raw::Postgres(_) => (POSTGRES_COLUMNS, POSTGRES_INDEXES, POSTGRES_FOREIGN_KEYS),
    };
    let mut lines = BTreeSet::new();
    for sql in [columns, indexes, foreign_keys] {
        lines.extend(raw.texts(sql).await.unwrap());
    }
    lines
}

// A boolean is an integer to SQLite; which integers are booleans is said by their checks.
const SQLITE_COLUMNS: &str = "
    SELECT 'column ' || m.name || '.' || c.name || ' ' || lower(c.type)
        || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END || CASE WHEN c.pk THEN ' key' ELSE '' END
    FROM sqlite_schema m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '_sqlx_%'";

const POSTGRES_COLUMNS: &str = "
    SELECT 'column ' || c.table_name || '.' || c.column_name || ' '
        || CASE c.data_type WHEN 'uuid' THEN 'blob' WHEN 'bytea' THEN 'blob' WHEN 'bigint' THEN 'integer'
            WHEN 'boolean' THEN 'integer' ELSE c.data_type END
        || CASE c.is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
        || CASE WHEN EXISTS (
            SELECT 1 FROM information_schema.table_constraints t
            JOIN information_schema.key_column_usage k USING (constraint_name, table_name)
            WHERE t.constraint_type = 'PRIMARY KEY' AND k.table_name = c.table_name AND k.column_name = c.column_name
        ) THEN ' key' ELSE '' END
    FROM information_schema.columns c
    WHERE c.table_schema = 'public' AND c.table_name <> '_sqlx_migrations'";

const SQLITE_INDEXES: &str = "
    SELECT 'index ' || m.name || '.' || i.name || ' ('
        || (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')'
        || CASE WHEN i.\"unique\" THEN ' unique' ELSE '' END || CASE WHEN i.partial THEN ' partial' ELSE '' END
    FROM sqlite_schema m JOIN pragma_index_list(m.name) i
    WHERE m.type = 'table' AND m.name NOT LIKE '_sqlx_%' AND i.origin = 'c'";

const POSTGRES_INDEXES: &str = "
    SELECT 'index ' || t.relname || '.' || i.relname || ' ('
        || (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
            FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) || ')'
        || CASE WHEN x.indisunique THEN ' unique' ELSE '' END
        || CASE WHEN x.indpred IS NOT NULL THEN ' partial' ELSE '' END
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = 'public' AND t.relname <> '_sqlx_migrations' AND NOT x.indisprimary";

const SQLITE_FOREIGN_KEYS: &str = "
    SELECT 'reference ' || m.name || '.' || f.\"from\" || ' to ' || f.\"table\" || ' on delete ' || lower(f.on_delete)
    FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";

const POSTGRES_FOREIGN_KEYS: &str = "
    SELECT 'reference ' || t.relname || '.' || a.attname || ' to ' || o.relname || ' on delete '
        || CASE c.confdeltype WHEN 'c' THEN 'cascade' WHEN 'a' THEN 'no action' ELSE c.confdeltype::text END
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class o ON o.oid = c.confrelid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f'";

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_keys_and_indexes() {
    let one = Database::create(Engine::Sqlite).await.unwrap();
    let other = Database::create(Engine::Postgres).await.unwrap();
    drop((one.store().await.unwrap(), other.store().await.unwrap()));
    let main = (one.raw().await.unwrap(), other.raw().await.unwrap());
    let vault = (one.raw_vault().await.unwrap(), other.raw_vault().await.unwrap());
    let mut indexes = 0;
    for (mut sqlite, mut postgres) in [main, vault] {
        let (sqlite, postgres) = (schema(&mut sqlite).await, schema(&mut postgres).await);
        assert_eq!(sqlite.difference(&postgres).collect::<Vec<_>>(), Vec::<&String>::new(), "only on SQLite");
        assert_eq!(
            postgres.difference(&sqlite).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "only on PostgreSQL"
        );
        let of = |kind: &str| sqlite.iter().filter(|line| line.starts_with(kind)).count();
        assert!(of("column ") > 10, "{sqlite:?}");
        indexes += of("index ");
    }
    assert!(indexes > 20, "{indexes}");
    one.remove().await.unwrap();
    other.remove().await.unwrap();
}
