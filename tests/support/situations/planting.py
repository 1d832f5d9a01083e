"""SQL with which a role plants, in public, every function and operator that a statement might find there."""

PLANT = r"""
SET ROLE {other};
DO $plant$
DECLARE
  found record;
  body CONSTANT text := $body$ BEGIN RAISE EXCEPTION 'planted code was run: %', current_query(); END $body$;
  kinds CONSTANT text[] := '{text,varchar,bpchar,name,"\"char\"",oid,int2,int4,int8,bool,date,numeric,regclass}';
  left_kind text; right_kind text; sign text; number int := 0;
BEGIN
  -- every function of the system that can be written down again
  FOR found IN
    SELECT p.proname, p.prorettype::regtype::text AS result,
           (SELECT coalesce(string_agg(a.type::regtype::text, ', ' ORDER BY a.place), '')
              FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY a(type, place)) AS arguments
      FROM pg_proc p
     WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind IN ('f', 'w', 'a') AND NOT p.proretset
       AND NOT EXISTS (SELECT 1 FROM pg_type t
                        WHERE t.oid = ANY (p.prorettype || p.proargtypes::oid[]) AND t.typtype = 'p')
  LOOP
    BEGIN
      EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L',
                     found.proname, found.arguments, found.result, body);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  -- functions of any type, for the types that occur
  FOR found IN
    SELECT f.name, f.arguments, f.result FROM (VALUES
      ('concat_ws', 'text, text', 'text'), ('concat_ws', 'text, text, text', 'text'), ('concat', 'text, text', 'text'),
      ('unnest', 'text[]', 'SETOF text'), ('unnest', 'name[]', 'SETOF name'), ('unnest', 'int2[]', 'SETOF int2'),
      ('unnest', 'oid[]', 'SETOF oid'), ('array_agg', 'int2', 'int2[]'), ('array_agg', 'text', 'text[]'),
      ('count', '', 'bigint'), ('count', 'bigint', 'bigint'), ('min', 'bigint', 'bigint'), ('max', 'bigint', 'bigint'),
      ('min', 'text', 'text'), ('to_jsonb', 'text', 'jsonb'), ('num_nulls', 'text', 'int'),
      ('format', 'text, text', 'text'),
      ('quote_ident', 'name', 'text'), ('quote_ident', 'varchar', 'text'), ('starts_with', 'name, text', 'bool'),
      ('generate_series', 'int, int', 'SETOF int'), ('coalesce', 'text, text', 'text'), ('lower', 'varchar', 'text')
    ) f(name, arguments, result)
  LOOP
    BEGIN
      EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L',
                     found.name, found.arguments, found.result, body);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  -- every operator between two types that occur
  FOREACH sign IN ARRAY '{=,<>,<,<=,>,>=,~~,!~~,~,||,^@,-,+,&,->>}'::text[] LOOP
    FOREACH left_kind IN ARRAY kinds LOOP
      FOREACH right_kind IN ARRAY kinds LOOP
        number := number + 1;
        BEGIN
          EXECUTE format('CREATE FUNCTION public.planted_%s(%s, %s) RETURNS bool LANGUAGE plpgsql AS %L',
                         number, left_kind, right_kind, body);
          EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.planted_%s)',
                         sign, left_kind, right_kind, number);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
      END LOOP;
    END LOOP;
  END LOOP;
  FOREACH left_kind IN ARRAY '{text,date,uuid,jsonb,timestamptz,regclass,regtype}'::text[] LOOP
    BEGIN
      EXECUTE format('CREATE DOMAIN public.%I AS pg_catalog.int4', left_kind);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
END $plant$;
RESET ROLE
"""
