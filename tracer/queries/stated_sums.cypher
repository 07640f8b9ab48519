// en: Which sums of several payments does a source state, which are no payments and are traced nowhere?
// zh: 来源载明了哪些若干付款的汇总金额（并非单笔付款，不作追踪）？
// columns: payer text, payee text, amount money/currency, payments int, first_day day, last_day day, reporter text, record text, exhibit text, locator text
MATCH (s:Tracer) WHERE s.case = $case AND s.noun = 'aggregate' AND s.id >= ''
RETURN coalesce(s.payer, '') AS payer, coalesce(s.payee, '') AS payee, s.amount AS amount, coalesce(s.currency, '') AS currency,
       s.number AS payments, s.first AS first_day, s.last AS last_day, coalesce(s.reporter, '') AS reporter,
       coalesce(s.record, '') AS record, s.exhibit AS exhibit, s.locator AS locator
ORDER BY record, exhibit, locator
