-- The single plan of each company that has exactly one: data_sources.yml looks it up where a sheet does not name it.
CREATE VIEW public."公司单一计划" AS
SELECT company_id, "计划类型", min("年金计划号") AS "年金计划号"
  FROM public."年金计划"
 WHERE "计划类型" = '单一计划'
 GROUP BY company_id, "计划类型"
HAVING count(*) = 1;
