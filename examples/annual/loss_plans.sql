-- A single plan that the sheet does not name is the one plan of the company, where it has exactly one.
UPDATE public."流失客户明细" AS facts
   SET "年金计划号" = plans.number
  FROM (SELECT company_id, min("年金计划号") AS number
          FROM public."年金计划"
         WHERE "计划类型" = '单一计划'
         GROUP BY company_id
        HAVING count(*) = 1) AS plans
 WHERE facts.company_id = plans.company_id
   AND facts."年金计划号" IS NULL
   AND facts."计划类型" = '单一计划'
   AND facts."上报月份" = ANY (:periods);
